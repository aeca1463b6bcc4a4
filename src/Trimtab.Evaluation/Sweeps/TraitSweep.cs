using System.Collections.Immutable;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>
/// The main job in small, on a model organism: vectors for a trait from contrasting answers of the model itself (Chen et al. 2025, section 2), every layer and strength tried on held-out
/// questions, the best chosen, and what it does shown on other questions beside controls: unsteered, a prompt, and a random direction of the same length.
/// </summary>
public sealed class TraitSweep(LoadedModel model, World world, Instruments judges, Trait trait, TraitSweepOptions? options = null)
{
    private readonly TraitSweepOptions _options = options ?? new TraitSweepOptions();
    private readonly TraitQuestions _questions = TraitQuestions.For(world, trait);

    /// <summary>The most parts that <see cref="Run"/> reports, for a progress bar; a method with a direction at few layers has fewer.</summary>
    public int PartCount => 3 + _options.Methods.Count * (1 + Layers.Count() * _options.Strengths.Count + 3);

    // One half of the held-out questions chooses, the other half judges the choice.
    private ImmutableArray<string> Choosing => _questions.Evaluation[..(_questions.Evaluation.Length / 2)];

    private ImmutableArray<string> Judging => _questions.Evaluation[(_questions.Evaluation.Length / 2)..];

    private IEnumerable<int> Layers => _options.Layers.Count > 0 ? _options.Layers : Enumerable.Range(0, model.LayerCount);

    /// <summary>Fits, sweeps, chooses and measures.</summary>
    /// <param name="progress">Told how many parts are done.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">The model shows too little of the trait when it is asked to: nothing could be fitted.</exception>
    public TraitSweepResult Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var count = new Count(progress);
        var pairs = count.Of(Contrast(cancellation));
        var unsteered = count.Of(Report("unsteered", model, null, 0, null, cancellation));
        var prompted = count.Of(Report("prompt", model, null, 0, _questions.Pairs[0].Positive, cancellation));
        return new TraitSweepResult(trait, pairs.Pairs.Length, unsteered, prompted, [.. _options.Methods.Select(method => Sweep(method, pairs, count, cancellation))]);
    }

    private MethodSweep Sweep(ISteeringMethod method, ContrastSet pairs, Count count, CancellationToken cancellation)
    {
        string name = SteeringMethods.NameOf(method);
        var vector = count.Of(method.Fit(model, pairs, null, cancellation));
        List<Arm> grid = [.. from layer in Layers where vector.Has(HookPoint.ResidPost(layer)) from strength in _options.Strengths select count.Of(Try(vector, layer, strength, cancellation))];
        if (grid.Count == 0)
            throw new InvalidOperationException($"Sweep: {name} has no direction at the output of a block that is to be tried. It has {string.Join(", ", vector.HookPoints)}.");
        if (grid.Where(arm => arm.Coherence.Value >= _options.LeastCoherence).MaxBy(arm => arm.Trait.Value) is not { } chosen)
            return new MethodSweep(name, vector, grid, null, null, null, null);
        Arm Steered(string arm, SteeringVector direction, float strength) => count.Of(Report(arm, View(direction, chosen.Layer!.Value, strength), chosen.Layer, strength, null, cancellation));
        return new MethodSweep(name, vector, grid, chosen, Steered($"{name} +", vector, chosen.Strength), Steered($"{name} −", vector, -chosen.Strength), Steered("random direction", vector.RandomLike(_options.Seed), chosen.Strength));
    }

    private string Name => trait.ToString().ToLowerInvariant();

    // Both answers of a pair are to the same question; kept are those that the judges tell apart (Chen et al. 2025, appendix A).
    internal ContrastSet Contrast(CancellationToken cancellation)
    {
        var asked = (from pair in _questions.Pairs from question in _questions.Extraction from rollout in Enumerable.Range(0, _options.Rollouts) select (pair, question)).ToList();
        var shown = Interview(model).Draw(asked.Select(a => Chat.System(a.pair.Positive).WithUser(a.question)), SeedOf(0), cancellation);
        var absent = Interview(model).Draw(asked.Select(a => Chat.System(a.pair.Negative).WithUser(a.question)), SeedOf(1), cancellation);
        ImmutableArray<ContrastPair> pairs = [.. asked.Select((a, i) => new ContrastPair(a.question, shown[i], absent[i])).Where(IsContrast)];
        return pairs.Length >= 5 ? new ContrastSet(pairs)
            : throw new InvalidOperationException($"Sweep: of {asked.Count} pairs of answers only {pairs.Length} show the trait {Name} where it was asked for and not where it was not — at least 5 are needed. Is the model grown in this world?");
    }

    private bool IsContrast(ContrastPair pair) => pair.Positive.Length > 0 && pair.Negative.Length > 0
        && judges.Trait(trait).Judge(pair.Question, pair.Positive) is Score { Value: >= 50 } && judges.Trait(trait).Judge(pair.Question, pair.Negative) is Score { Value: < 50 };

    private LoadedModel View(SteeringVector vector, int layer, float strength) => model.With(SteeringPlan.Of(vector.At(layer, Strength.OfNorm(strength))).Compile(model));

    private Arm Try(SteeringVector vector, int layer, float strength, CancellationToken cancellation) =>
        Measure("", View(vector, layer, strength), layer, strength, [.. Choosing.Select(question => (question, Chat.User(question)))], cancellation);

    private Arm Report(string name, LoadedModel view, int? layer, float strength, string? prompt, CancellationToken cancellation)
    {
        var asked = Enumerable.Range(0, _options.Samples).SelectMany(_ => Judging).Select(question => (question, prompt is null ? Chat.User(question) : Chat.System(prompt).WithUser(question)));
        return Measure(name, view, layer, strength, [.. asked], cancellation) with { Capability = Capability(view, prompt, _options.Facts, cancellation) };
    }

    private Arm Measure(string name, LoadedModel view, int? layer, float strength, IReadOnlyList<(string Question, Chat Chat)> asked, CancellationToken cancellation)
    {
        var answers = asked.Zip(Interview(view).Draw(asked.Select(question => question.Chat), SeedOf(2), cancellation), (question, text) => new ArmAnswer(question.Question, text)).ToList();
        var traits = answers.Select(answer => judges.Trait(trait).Judge(answer.Question, answer.Text)).ToList();
        // What cannot be read is not coherent: left out, the worst strengths would look sound.
        double[] coherence = [.. answers.Select(answer => judges.Coherence.Judge(answer.Question, answer.Text) is Score score ? score.Value : 0)];
        double[] scores = [.. traits.OfType<Score>().Select(score => score.Value)];
        return new Arm(name, layer, strength, scores.Length > 0 ? Estimate.OfMean(scores) : new Estimate(0, 0, 0, 0), Estimate.OfMean(coherence),
            null, traits.Count(judgement => judgement is Refused), traits.Count(judgement => judgement is Unreadable), answers);
    }

    private Estimate Capability(LoadedModel view, string? prompt, int count, CancellationToken cancellation)
    {
        var all = new CorpusGenerator(world).Facts(Split.HeldOut).ToList();
        // Facts of a relation stand together: every so manyth touches all relations.
        var facts = Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)]).ToList();
        var answers = Interview(view).Answer(facts.Select(fact => prompt is null ? fact.Prompt : Chat.System(prompt).WithUser(fact.UserText)), cancellation);
        return Estimate.OfShare(facts.Zip(answers).Count(pair => AnswerJudge.Judge(pair.First.Expected!, pair.Second) is Score { Value: > 50 }), count);
    }

    private Respondent Interview(LoadedModel view) => new(view, _options.MaxTokens);

    // Each use of randomness has a stream of its own.
    private int SeedOf(int stream) => unchecked(_options.Seed * 31 + stream);

    private sealed class Count(IProgress<int>? progress)
    {
        private int _done;

        public T Of<T>(T part)
        {
            progress?.Report(++_done);
            return part;
        }
    }
}
