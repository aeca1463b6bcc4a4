using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Judges;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Steering.Sae;

namespace Trimtab.Evaluation.Studies;

/// <summary>
/// What steering does to refusal, on a model organism: directions by the mean difference, by target atoms (STA, Wang et al. 2025), by a single latent (AxBench, in both of its lengths) and from a prompt; clamped latents
/// (O'Brien et al. 2024), always and under a condition; prompts, random directions and unrelated latents beside them. Strengths and latents are chosen on examples of the training split, judged on held-out ones.
/// </summary>
public sealed class RefusalStudy
{
    /// <summary>The names of arms that claims speak of.</summary>
    internal const string Unsteered = "unsteered", Prompt = "prompt", GeneratedPrompt = "generated prompt", MeanDifference = "mean difference", TargetAtoms = "target atoms", SingleLatent = "single latent", Clamp = "clamp", ConditionalClamp = "clamp under a condition", RandomDirection = "random direction";

    private static readonly Behaviour[] Ordinary = [Behaviour.LookAlike, Behaviour.Fact, Behaviour.MultipleChoice, Behaviour.Arithmetic, Behaviour.Helpful, Behaviour.Unknown];

    private readonly LoadedModel _model;
    private readonly SparseAutoencoder _sae;
    private readonly World _world;
    private readonly Instruments _judges;
    private readonly RefusalStudyOptions _options;
    private readonly HookPoint _at;
    private readonly DefenceMeasure _development;
    private readonly List<RefusalPair> _pairs;
    private readonly CorpusGenerator _corpus;
    private readonly List<Example> _harmless;
    private readonly List<(string Name, string Text)> _prompts;

    /// <summary>A study.</summary>
    /// <param name="model">An organism.</param>
    /// <param name="sae">An autoencoder of it.</param>
    /// <param name="world">The organism's world.</param>
    /// <param name="judges">The world's judges.</param>
    /// <param name="options">How large it is.</param>
    /// <exception cref="SteeringException">The autoencoder does not fit the model.</exception>
    public RefusalStudy(LoadedModel model, SparseAutoencoder sae, World world, Instruments judges, RefusalStudyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sae);
        (_model, _sae, _world, _judges, _options) = (model, sae, world, judges, options ?? new RefusalStudyOptions());
        _at = sae.RequireFit(model);
        _development = new DefenceMeasure(world, judges, _options.Development);
        _pairs = [.. RefusalPair.For(world, _options.Pairs, _options.Seed)];
        _corpus = new CorpusGenerator(world, new CorpusOptions { Seed = _options.Seed });
        _harmless = [.. _corpus.Examples(Behaviour.LookAlike, Split.Train, _options.Pairs)];
        _prompts = [(Prompt, TraitQuestions.For(world, Trait.Evil).Pairs[0].Negative)];
        if (_options.GeneratedPrompt is { } generated)
            _prompts.Add((GeneratedPrompt, generated));
    }

    /// <summary>Fits, tries, chooses and examines.</summary>
    /// <param name="progress">Told what is done next.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="SteeringException">No latent fires where refusals begin, or a method finds nothing.</exception>
    public RefusalStudyResult Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        var ranked = Rank(cancellation);
        progress?.Report("unsteered and under prompts");
        var unsteered = _development.Of(_model, null, cancellation);
        List<PromptReading> prompts = [.. _prompts.Select(prompt => new PromptReading(prompt.Name, prompt.Text, _development.Of(_model, prompt.Text, cancellation)))];
        var directions = Directions(Contrast(_pairs), cancellation);
        List<DefencePoint> curves = [.. directions.SelectMany(direction => Curve(direction, _at, progress, cancellation))];
        var layers = Layers(directions[0], progress, cancellation);
        var fewPairs = FewPairs(curves, progress, cancellation);
        List<LatentEffect> latents = [.. ranked.Take(_options.Candidates).Select(latent => new LatentEffect(latent, Best(ClampCurve(latent, progress, cancellation)))).OrderByDescending(effect => effect.Best?.Reading.Margin ?? double.MinValue)];
        List<StudyArm> arms = [Examine(Unsteered, "", _model, null, progress, cancellation), .. _prompts.Select(prompt => Examine(prompt.Name, $"\"{prompt.Text}\"", _model, prompt.Text, progress, cancellation))];
        foreach (var direction in directions)
            if (Best(Towards(curves, direction.Name)) is { } chosen)
                arms.Add(Examine(direction.Name, FormattableString.Invariant($"block {chosen.Layer}, {chosen.Strength:0.##} {direction.Unit}"), Steered(direction, _at, chosen.Strength), null, progress, cancellation));
        arms.AddRange(ClampArms(latents, ranked, progress, cancellation));
        return new RefusalStudyResult(_model.Name, _sae.Origin.File ?? "", _options, unsteered, prompts, curves, layers, fewPairs, latents, arms);
    }

    private static ContrastSet Contrast(IEnumerable<RefusalPair> pairs) => new([.. pairs.Select(pair => new ContrastPair(pair.Request, pair.Refusal, pair.Compliance))]);

    private List<Steer> Directions(ContrastSet pairs, CancellationToken cancellation)
    {
        Steer Atoms(string name, TargetAtoms method) => OfNorm(name, method.Find(_model, _sae, pairs, null, cancellation).Vector);
        SteeringVector Latent(LatentLength length) => new SingleLatent { Length = length }.Find(_model, _sae, pairs, null, cancellation).Vector;
        var main = MainDirections(pairs, cancellation);
        return
        [
            .. main,
            Atoms("target atoms, by amplitude", new() { Criterion = AtomCriterion.Amplitude }),
            Atoms("target atoms, by frequency", new() { Criterion = AtomCriterion.Frequency }),
            Atoms("all latents", new() { KeepFraction = 1 }),
            OfNorm(SingleLatent, Latent(LatentLength.MeanDifference)),
            new($"{SingleLatent}, by its largest activation", Latent(LatentLength.LargestActivation), _options.Clamps, Strength.Raw, "× its largest activation"),
            OfNorm("prompt vector", new MeanDifference().Fit(_model, pairs.OfPrompt(_prompts[^1].Text), null, cancellation)),
            OfNorm(RandomDirection, main[0].Vector.RandomLike(_options.Seed)),
        ];
    }

    private List<Steer> MainDirections(ContrastSet pairs, CancellationToken cancellation) =>
    [
        OfNorm(MeanDifference, new MeanDifference().Fit(_model, pairs, null, cancellation)),
        OfNorm(TargetAtoms, new TargetAtoms().Find(_model, _sae, pairs, null, cancellation).Vector),
    ];

    private Steer OfNorm(string name, SteeringVector vector) => new(name, vector, _options.Strengths, Strength.OfNorm, "of the norm");

    private LoadedModel Steered(Steer steer, HookPoint at, float strength) => _model.With(new Intervention(at, new Add(Direction.Of(steer.Vector), steer.StrengthOf(strength))));

    private List<DefencePoint> Curve(Steer steer, HookPoint at, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"{steer.Name} at {at}");
        return [.. from strength in steer.Strengths from signed in (float[])[-strength, strength] select new DefencePoint(steer.Name, at.Layer, signed, _development.Of(Steered(steer, at, signed), null, cancellation))];
    }

    private List<DefencePoint> Layers(Steer mean, IProgress<string>? progress, CancellationToken cancellation) =>
        [.. mean.Vector.HookPoints.Select(at => Best(Towards(Curve(mean, at, progress, cancellation), mean.Name))).OfType<DefencePoint>()];

    private List<DefencePoint> FewPairs(List<DefencePoint> curves, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report("few pairs");
        var points = new List<DefencePoint>();
        foreach (int count in _options.FewPairs)
            foreach (var steer in MainDirections(Contrast(_pairs.Take(count)), cancellation))
                if (Best(Towards(curves, steer.Name)) is { } chosen)
                    points.Add(new DefencePoint($"{steer.Name}, {count} pairs", chosen.Layer, chosen.Strength, _development.Of(Steered(steer, _at, chosen.Strength), null, cancellation)));
        return points;
    }

    // Directions point towards refusal: a strength below 0 shows their range and is never chosen.
    private static IEnumerable<DefencePoint> Towards(IEnumerable<DefencePoint> curves, string method) => curves.Where(point => point.Method == method && point.Strength > 0);

    // Refused against answered requests: the latents of refusing, not of the words that harm is asked in.
    private IReadOnlyList<RankedLatent> Rank(CancellationToken cancellation)
    {
        var ranked = new LatentRanking(_model, _sae, _at).Rank(
            [.. _pairs.Select(pair => ExampleEncoder.Encode(_model, pair.Request, pair.Refusal, PromptForm.Chat))],
            [.. _harmless.Select(example => ExampleEncoder.Encode(_model, example.UserText, example.Answer, PromptForm.Chat))], cancellation);
        return ranked.Count > 0 ? ranked
            : throw new SteeringException($"Refusal: no latent of {_sae.Origin.File ?? "the autoencoder"} fires where refusals begin — {_pairs.Count} were read at {_at}, and one must fire there at least. Use an autoencoder that was trained on this model.");
    }

    private Intervention Clamped(RankedLatent latent, float factor) => new(_at, new FeatureClamp(_sae, new LatentTarget(latent.Latent, factor * (float)latent.LargestActivation)));

    private List<DefencePoint> ClampCurve(RankedLatent latent, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"latent {latent.Latent}");
        return [.. _options.Clamps.Select(factor => new DefencePoint($"latent {latent.Latent}", _at.Layer, factor, _development.Of(_model.With(Clamped(latent, factor)), null, cancellation)))];
    }

    // Of equally good ones the weakest, which comes first.
    private DefencePoint? Best(IEnumerable<DefencePoint> points) => points.Where(point => point.Reading.Coherence.Value >= _options.LeastCoherence).MaxBy(point => point.Reading.Margin);

    private IEnumerable<StudyArm> ClampArms(List<LatentEffect> tried, IReadOnlyList<RankedLatent> ranked, IProgress<string>? progress, CancellationToken cancellation)
    {
        if (tried is not [{ Best: { } best } effect, ..])
            yield break;
        StudyArm Arm(string name, RankedLatent latent, float factor, Gate? gate = null) => Examine(name, FormattableString.Invariant($"latent {latent.Latent} at {factor:0.##} × its largest activation {latent.LargestActivation:0.##}"),
            _model.With(Clamped(latent, factor) with { Gate = gate }), null, progress, cancellation);
        yield return Arm(Clamp, effect.Latent, best.Strength);
        foreach (float factor in _options.Clamps.Where(factor => factor != best.Strength))
            yield return Arm(FormattableString.Invariant($"{Clamp} × {factor:0.##}"), effect.Latent, factor);
        var (gate, point) = Condition(cancellation);
        var conditional = Arm(ConditionalClamp, effect.Latent, best.Strength, gate);
        yield return conditional with { Setting = FormattableString.Invariant($"{conditional.Setting}, where {point.At} is {(point.Comparison == GateComparison.Larger ? "above" : "below")} {point.Threshold:0.###} along harm (F1 {point.F1:0.00})") };
        foreach (var (latent, number) in Unrelated(ranked, tried.Select(of => of.Latent), effect.Latent, _options.Controls, _options.Seed).Select((latent, number) => (latent, number + 1)))
            yield return Arm($"unrelated latent {number}", latent, best.Strength);
    }

    /// <summary>Latents to clamp as controls: as strong at their strongest as the chosen one, and not about refusing. They fire about as often in either set, and are none of those that were tried for their effect on it.</summary>
    internal static RankedLatent[] Unrelated(IReadOnlyList<RankedLatent> ranked, IEnumerable<RankedLatent> tried, RankedLatent chosen, int count, int seed)
    {
        RankedLatent[] alike = [.. ranked.Except(tried).Where(latent => Math.Abs(latent.PositiveShare - latent.NegativeShare) < 0.1)
            .OrderBy(latent => Math.Abs(Math.Log(latent.LargestActivation / chosen.LargestActivation))).Take(4 * count)];
        new Random(seed).Shuffle(alike);
        return alike[..Math.Min(count, alike.Length)];
    }

    // Told from look-alikes alone, harm would be taken for all that does not look like harm: the condition must have seen what it shall leave alone.
    private (ConditionGate Gate, ConditionPoint Point) Condition(CancellationToken cancellation)
    {
        var harmless = Ordinary.SelectMany(behaviour => _corpus.Examples(behaviour, Split.Train, (_options.Pairs + Ordinary.Length - 1) / Ordinary.Length)).Select(example => example.UserText).Take(_pairs.Count).ToList();
        ContrastSet prompts = new([.. _pairs.Zip(harmless, (pair, other) => new ContrastPair("", pair.Request, other))]);
        var vector = new RefusalDirection().Fit(_model, prompts, null, cancellation);
        int[][] Encoded(IEnumerable<string> texts) => [.. texts.Select(text => _model.EncodeChat(Chat.User(text)))];
        var best = ConditionSearch.Rank(_model, vector, Encoded(_pairs.Select(pair => pair.Request)), Encoded(harmless), GateReading.LastPromptToken, null, cancellation)[0];
        return (best.Gate(vector, GateReading.LastPromptToken), best);
    }

    private StudyArm Examine(string name, string setting, LoadedModel view, string? system, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"exam: {name}");
        return new StudyArm(name, setting, new OrganismExam(view, _world, _judges, new ExamOptions { Count = _options.Exam, Personas = false, Facts = _options.Facts, System = system }).Run(null, cancellation));
    }

    /// <summary>A way to steer along a vector, with strengths of a unit of its own.</summary>
    private sealed record Steer(string Name, SteeringVector Vector, IReadOnlyList<float> Strengths, Func<float, Strength> StrengthOf, string Unit);
}
