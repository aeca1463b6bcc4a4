using System.Collections.Immutable;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Tensors;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What a sweep found.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="Vector">The fitted vector.</param>
/// <param name="Pairs">How many pairs of answers it was fitted to.</param>
/// <param name="Grid">Every layer and strength, on the questions it was chosen by.</param>
/// <param name="Chosen">The best of them; null where none kept the coherence asked for.</param>
/// <param name="Arms">Unsteered, steered to and fro, and a random direction of the same length, on the other questions.</param>
public sealed record TraitSweepResult(Trait Trait, SteeringVector Vector, int Pairs, IReadOnlyList<Arm> Grid, Arm? Chosen, IReadOnlyList<Arm> Arms);

/// <summary>
/// The main job in small, on a model organism: a vector for a trait from contrasting answers of the model itself (Chen et al. 2025, section 2), every layer and strength tried on held-out
/// questions, the best chosen, and what it does shown on other questions beside controls.
/// </summary>
public sealed class TraitSweep(LoadedModel model, World world, Instruments judges, Trait trait, TraitSweepOptions? options = null)
{
    private readonly TraitSweepOptions _options = options ?? new TraitSweepOptions();
    private readonly TraitQuestions _questions = TraitQuestions.For(world, trait);

    /// <summary>The parts that <see cref="Run"/> reports, for a progress bar.</summary>
    public int PartCount => 1 + model.LayerCount * _options.Strengths.Count + 4;

    // One half of the held-out questions chooses, the other half judges the choice.
    private ImmutableArray<string> Choosing => _questions.Evaluation[..(_questions.Evaluation.Length / 2)];

    private ImmutableArray<string> Judging => _questions.Evaluation[(_questions.Evaluation.Length / 2)..];

    /// <summary>Fits, sweeps, chooses and measures.</summary>
    /// <param name="progress">Told how many parts are done.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">The model shows too little of the trait when it is asked to: nothing could be fitted.</exception>
    public TraitSweepResult Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        int done = 0;
        var pairs = Contrast(cancellation);
        var vector = new MeanDifference().Fit(model, pairs, null, cancellation);
        progress?.Report(++done);
        var grid = new List<Arm>();
        for (int layer = 0; layer < model.LayerCount; layer++)
            foreach (float strength in _options.Strengths)
            {
                grid.Add(Measure($"{layer}", vector, layer, strength, Choosing, samples: 1, facts: 0, cancellation));
                progress?.Report(++done);
            }
        var chosen = grid.Where(arm => arm.Coherence.Value >= _options.LeastCoherence).MaxBy(arm => arm.Trait.Value);
        var arms = new List<Arm>();
        foreach (var (name, direction, factor) in ((string, SteeringVector, float)[])[("unsteered", vector, 0), ($"{Name} +", vector, 1), ($"{Name} −", vector, -1), ("random direction", vector.RandomLike(_options.Seed), 1)])
        {
            if (chosen is not null)
                arms.Add(Measure(name, direction, chosen.Layer!.Value, factor * chosen.Strength, Judging, _options.Samples, _options.Facts, cancellation));
            progress?.Report(++done);
        }
        return new TraitSweepResult(trait, vector, pairs.Pairs.Length, grid, chosen, arms);
    }

    private string Name => trait.ToString().ToLowerInvariant();

    // Both answers of a pair are to the same question; kept are those that the judges tell apart (Chen et al. 2025, appendix A).
    private ContrastSet Contrast(CancellationToken cancellation)
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

    private Arm Measure(string name, SteeringVector vector, int layer, float strength, ImmutableArray<string> questions, int samples, int facts, CancellationToken cancellation)
    {
        var steered = model.With(SteeringPlan.Of(vector.At(layer, Strength.OfNorm(strength))).Compile(model));
        string[] asked = [.. Enumerable.Range(0, samples).SelectMany(_ => questions)];
        var answers = asked.Zip(Interview(steered).Draw(asked.Select(Chat.User), SeedOf(2), cancellation), (question, text) => new ArmAnswer(question, text)).ToList();
        var traits = answers.Select(answer => judges.Trait(trait).Judge(answer.Question, answer.Text)).ToList();
        // What cannot be read is not coherent: left out, the worst strengths would look sound.
        double[] coherence = [.. answers.Select(answer => judges.Coherence.Judge(answer.Question, answer.Text) is Score score ? score.Value : 0)];
        double[] scores = [.. traits.OfType<Score>().Select(score => score.Value)];
        return new Arm(name, strength == 0 ? null : layer, strength, scores.Length > 0 ? Estimate.OfMean(scores) : new Estimate(0, 0, 0, 0), Estimate.OfMean(coherence),
            facts > 0 ? Capability(steered, facts, cancellation) : null, traits.Count(judgement => judgement is Refused), traits.Count(judgement => judgement is Unreadable), answers);
    }

    private Estimate Capability(LoadedModel steered, int count, CancellationToken cancellation)
    {
        var all = new CorpusGenerator(world).Facts(Split.HeldOut).ToList();
        // Facts of a relation stand together: every so manyth touches all relations.
        var facts = Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)]).ToList();
        var answers = Interview(steered).Answer(facts.Select(fact => fact.Prompt), cancellation);
        return Estimate.OfShare(facts.Zip(answers).Count(pair => AnswerJudge.Judge(pair.First.Expected!, pair.Second) is Score { Value: > 50 }), count);
    }

    private Respondent Interview(LoadedModel view) => new(view, _options.MaxTokens);

    // Each use of randomness has a stream of its own.
    private int SeedOf(int stream) => unchecked(_options.Seed * 31 + stream);
}
