using System.Collections.Immutable;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>
/// The main job in small, on a model organism: vectors for a trait from contrasting answers of the model itself (Chen et al. 2025, section 2), every layer and strength tried on held-out
/// questions, the best chosen, and what it does shown on other questions. Its controls are the unsteered model and a random direction of the same length; a prompt, which a vector need not outdo, and the reverse stand beside them.
/// At strength 0 the steered model must answer as the unsteered one does.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="world">Its world.</param>
/// <param name="judges">The world's judges.</param>
/// <param name="trait">The trait to steer.</param>
/// <param name="options">What is tried.</param>
public sealed class TraitSweep(LoadedModel model, World world, Instruments judges, Trait trait, TraitSweepOptions options)
{
    private static readonly Strength NoStrength = Strength.OfNorm(0);

    private readonly TraitSweepOptions _options = options;
    private readonly TraitQuestions _questions = TraitQuestions.For(world, trait);
    private readonly RuleJudge _trait = RuleJudge.Of(judges, trait), _coherence = RuleJudge.OfCoherence(judges);
    private readonly ArmMeter _meter = new(RuleJudge.Of(judges, trait), RuleJudge.OfCoherence(judges), options.MaxTokens, SeedOf(options, 2));
    private readonly KnownFacts _facts = new(world, options.Facts, options.MaxTokens);

    /// <summary>A sweep with the options' defaults.</summary>
    /// <param name="model">The model.</param>
    /// <param name="world">Its world.</param>
    /// <param name="judges">The world's judges.</param>
    /// <param name="trait">The trait to steer.</param>
    public TraitSweep(LoadedModel model, World world, Instruments judges, Trait trait)
        : this(model, world, judges, trait, new TraitSweepOptions())
    {
    }

    /// <summary>The most parts that <see cref="Run"/> reports, for a progress bar; a method with a direction at few layers has fewer.</summary>
    public int PartCount => 3 + _options.Methods.Count * (1 + Layers.Count() * _options.Strengths.Count + 4);

    // One half of the held-out questions chooses, the other half judges the choice.
    private ImmutableArray<string> Choosing => _questions.Evaluation[..(_questions.Evaluation.Length / 2)];

    private ImmutableArray<string> Judging => _questions.Evaluation[(_questions.Evaluation.Length / 2)..];

    private IEnumerable<int> Layers => _options.Layers.Count > 0 ? _options.Layers : Enumerable.Range(0, model.LayerCount);

    /// <summary>Fits, sweeps, chooses and measures.</summary>
    /// <param name="progress">Told how many parts are done.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">The model shows too little of the trait when it is asked to: nothing could be fitted. Or a method has no direction at a block that is to be tried, or a steer of strength 0 changes an answer.</exception>
    public async Task<TraitSweepResult> Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var count = new Count(progress);
        var pairs = count.Of(await Contrast(cancellation).ConfigureAwait(false));
        var unsteered = count.Of(await Report("unsteered", model, null, NoStrength, null, cancellation).ConfigureAwait(false));
        var prompted = count.Of(await Report("prompt", model, null, NoStrength, _questions.Pairs[0].Positive, cancellation).ConfigureAwait(false));
        var methods = new List<MethodSweep>();
        foreach (var method in _options.Methods)
            methods.Add(await Sweep(method, pairs, unsteered, count, cancellation).ConfigureAwait(false));
        return new TraitSweepResult(trait, pairs.Pairs.Length, unsteered, prompted, methods);
    }

    private async Task<MethodSweep> Sweep(ISteeringMethod method, ContrastSet pairs, Arm unsteered, Count count, CancellationToken cancellation)
    {
        string name = SteeringMethods.NameOf(method);
        var vector = count.Of(method.Fit(model, pairs, null, cancellation));
        var grid = new List<Arm>();
        foreach (int layer in Layers.Where(layer => vector.Has(HookPoint.ResidPost(layer))))
            foreach (var strength in _options.Strengths)
                grid.Add(count.Of(await Try(vector, layer, strength, cancellation).ConfigureAwait(false)));
        if (grid.Count == 0)
            throw new InvalidOperationException($"Sweep: {name} has no direction at the output of a block that is to be tried. It has {string.Join(", ", vector.HookPoints)}.");
        if (grid.Choice(_options.LeastCoherence) is not { } chosen)
            return new MethodSweep(name, vector, grid, null, null, null, null, null);
        async Task<Arm> Steered(string arm, SteeringVector direction, float value)
        {
            var strength = SweptStrengths.Of(value, chosen.IsRaw);
            return count.Of(await Report(arm, View(direction, chosen.Layer!.Value, strength), chosen.Layer, strength, null, cancellation).ConfigureAwait(false));
        }
        var zero = RequireSame(unsteered, await Steered($"{name} 0", vector, 0).ConfigureAwait(false));
        return new MethodSweep(name, vector, grid, chosen, await Steered($"{name} +", vector, chosen.Strength).ConfigureAwait(false), await Steered($"{name} −", vector, -chosen.Strength).ConfigureAwait(false),
            await Steered("random direction", vector.RandomLike(_options.Seed), chosen.Strength).ConfigureAwait(false), zero);
    }

    /// <summary>The arm at strength 0, if nothing but its name tells it from the unsteered model.</summary>
    /// <exception cref="InvalidOperationException">It answers otherwise: what the other arms show would not be the direction's doing alone.</exception>
    internal static Arm RequireSame(Arm unsteered, Arm zero) => zero.Answers.SequenceEqual(unsteered.Answers) && zero.Capability == unsteered.Capability ? zero
        : throw new InvalidOperationException($"Sweep: at strength 0 the steered model does not do what the unsteered one does — {unsteered.Answers.Zip(zero.Answers).Count(pair => pair.First != pair.Second)} of {unsteered.Answers.Count} answers differ, or the facts do, and none should. Please report it.");

    private string Name => trait.ToString().ToLowerInvariant();

    /// <summary>The model's own answers that a vector is fitted to: both of a pair are to the same question, and kept are those that <see cref="PairFunnel"/> keeps: sound, with the trait and without.</summary>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">The model shows too little of the trait when it is asked to: fewer than five pairs are left.</exception>
    public async Task<ContrastSet> Contrast(CancellationToken cancellation = default)
    {
        var asked = (from pair in _questions.Pairs from question in _questions.Extraction from rollout in Enumerable.Range(0, _options.Rollouts) select (pair, question)).ToList();
        var shown = await Answers(asked.Select(a => (a.question, a.pair.Positive)), 0, cancellation).ConfigureAwait(false);
        var absent = await Answers(asked.Select(a => (a.question, a.pair.Negative)), 1, cancellation).ConfigureAwait(false);
        var judged = shown.Zip(absent, (yes, no) => (Pair: new RolloutPair(0, 0, yes.Question, yes.Text, no.Text), Judged: new JudgedPair(yes.Judged, no.Judged))).ToLookup(pair => PairFunnel.FateOf(pair.Pair, pair.Judged), pair => pair.Pair);
        ImmutableArray<ContrastPair> pairs = [.. judged[PairFate.Kept].Select(pair => new ContrastPair(pair.Question, pair.Positive, pair.Negative))];
        return pairs.Length >= 5 ? new ContrastSet(pairs)
            : throw new InvalidOperationException($"Sweep: too few pairs of answers show the trait {Name} where it was asked for and not where it was not — {PairFunnel.Of(judged.SelectMany(fate => fate.Select(_ => fate.Key)))}, and at least 5 must be kept. Is the model grown in this world?");
    }

    private async Task<IEnumerable<(string Question, string Text, JudgedAnswer Judged)>> Answers(IEnumerable<(string Question, string System)> asked, int stream, CancellationToken cancellation)
    {
        var texts = new Respondent(model, _options.MaxTokens).Draw(asked.Select(a => Chat.System(a.System).WithUser(a.Question)), SeedOf(_options, stream), cancellation: cancellation);
        QuestionAndAnswer[] answers = [.. asked.Zip(texts, (a, text) => new QuestionAndAnswer(a.Question, text))];
        var traits = await _trait.Judge(answers, cancellation).ConfigureAwait(false);
        var coherences = await _coherence.Judge(answers, cancellation).ConfigureAwait(false);
        return answers.Zip(traits, coherences).Select(of => (of.First.Question, of.First.Answer, new JudgedAnswer(of.Second, of.Third)));
    }

    private LoadedModel View(SteeringVector vector, int layer, Strength strength) => model.With(vector.At(layer, strength));

    private async Task<Arm> Try(SteeringVector vector, int layer, Strength strength, CancellationToken cancellation)
    {
        var arm = await _meter.Measure("", View(vector, layer, strength), layer, strength.Value, [.. Choosing.Select(question => (question, Chat.User(question)))], cancellation).ConfigureAwait(false);
        return arm with { IsRaw = !strength.IsOfNorm };
    }

    private async Task<Arm> Report(string name, LoadedModel view, int? layer, Strength strength, string? prompt, CancellationToken cancellation)
    {
        var asked = Enumerable.Range(0, _options.Samples).SelectMany(_ => Judging).Select(question => (question, prompt is null ? Chat.User(question) : Chat.System(prompt).WithUser(question)));
        var arm = await _meter.Measure(name, view, layer, strength.Value, [.. asked], cancellation).ConfigureAwait(false);
        return arm with { Capability = _facts.Told(view, prompt, cancellation), IsRaw = !strength.IsOfNorm };
    }

    // Each use of randomness has a stream of its own.
    private static int SeedOf(TraitSweepOptions options, int stream) => unchecked(options.Seed * 31 + stream);

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
