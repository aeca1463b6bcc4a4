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
/// What steering does to refusal, on a model organism: directions by the mean difference, by target atoms (STA, Wang et al. 2025), by a single latent (AxBench) and from a prompt; clamped latents
/// (O'Brien et al. 2024), always and under a condition; prompts, random directions and unrelated latents beside them. Strengths and latents are chosen on examples of the training split, judged on held-out ones.
/// </summary>
public sealed class RefusalStudy(LoadedModel model, SparseAutoencoder sae, World world, Instruments judges, RefusalStudyOptions? options = null)
{
    /// <summary>The names of arms that claims speak of.</summary>
    internal const string Unsteered = "unsteered", Prompt = "prompt", MeanDifference = "mean difference", TargetAtoms = "target atoms", SingleLatent = "single latent", Clamp = "clamp", RandomDirection = "random direction";

    private readonly RefusalStudyOptions _options = options ?? new RefusalStudyOptions();
    private readonly HookPoint _at = sae.RequireFit(model);
    private readonly DefenceMeasure _development = new(world, judges, (options ?? new RefusalStudyOptions()).Development);
    private readonly List<RefusalPair> _pairs = [.. RefusalPair.For(world, (options ?? new RefusalStudyOptions()).Pairs, (options ?? new RefusalStudyOptions()).Seed)];
    private readonly List<Example> _harmless = [.. new CorpusGenerator(world, new CorpusOptions { Seed = (options ?? new RefusalStudyOptions()).Seed }).Examples(Behaviour.LookAlike, Split.Train, (options ?? new RefusalStudyOptions()).Pairs)];
    private readonly string _prompt = TraitQuestions.For(world, Trait.Evil).Pairs[0].Negative;

    /// <summary>Fits, tries, chooses and examines.</summary>
    /// <param name="progress">Told what is done next.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="SteeringException">The autoencoder does not fit the model, or a method finds nothing.</exception>
    public RefusalStudyResult Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report("unsteered and under a prompt");
        var (unsteered, prompted) = (_development.Of(model, null, cancellation), _development.Of(model, _prompt, cancellation));
        var directions = Directions(Contrast(_pairs), cancellation);
        List<DefencePoint> curves = [.. directions.SelectMany(direction => Curve(direction.Name, direction.Vector, _at, progress, cancellation))];
        var layers = Layers(directions[0].Vector, progress, cancellation);
        var fewPairs = FewPairs(curves, progress, cancellation);
        var ranked = Rank(cancellation);
        List<LatentEffect> latents = [.. ranked.Take(_options.Candidates).Select(latent => new LatentEffect(latent, Best(ClampCurve(latent, progress, cancellation)))).OrderByDescending(effect => effect.Best?.Reading.Margin ?? double.MinValue)];
        List<StudyArm> arms = [Examine(Unsteered, "", model, null, progress, cancellation), Examine(Prompt, $"\"{_prompt}\"", model, _prompt, progress, cancellation)];
        foreach (var (name, vector) in directions)
            if (Best(Towards(curves, name)) is { } chosen)
                arms.Add(Examine(name, FormattableString.Invariant($"block {chosen.Layer}, {chosen.Strength:0.##} of the norm"), Steered(vector, _at, chosen.Strength), null, progress, cancellation));
        arms.AddRange(ClampArms(latents[0], ranked, progress, cancellation));
        return new RefusalStudyResult(model.Name, sae.Origin.File ?? "", _options, unsteered, prompted, _prompt, curves, layers, fewPairs, latents, arms);
    }

    private static ContrastSet Contrast(IEnumerable<RefusalPair> pairs) => new([.. pairs.Select(pair => new ContrastPair(pair.Request, pair.Refusal, pair.Compliance))]);

    private List<(string Name, SteeringVector Vector)> Directions(ContrastSet pairs, CancellationToken cancellation)
    {
        SteeringVector Atoms(TargetAtoms method) => method.Find(model, sae, pairs, null, cancellation).Vector;
        var main = MainDirections(pairs, cancellation);
        return
        [
            .. main,
            ("target atoms, by amplitude", Atoms(new() { Criterion = AtomCriterion.Amplitude })),
            ("target atoms, by frequency", Atoms(new() { Criterion = AtomCriterion.Frequency })),
            ("all latents", Atoms(new() { KeepFraction = 1 })),
            (SingleLatent, new SingleLatent().Find(model, sae, pairs, null, cancellation).Vector),
            ("prompt vector", new MeanDifference().Fit(model, pairs.OfPrompt(_prompt), null, cancellation)),
            (RandomDirection, main[0].Vector.RandomLike(_options.Seed)),
        ];
    }

    private List<(string Name, SteeringVector Vector)> MainDirections(ContrastSet pairs, CancellationToken cancellation) =>
    [
        (MeanDifference, new MeanDifference().Fit(model, pairs, null, cancellation)),
        (TargetAtoms, new TargetAtoms().Find(model, sae, pairs, null, cancellation).Vector),
    ];

    private LoadedModel Steered(SteeringVector vector, HookPoint at, float strength) => model.With(new Intervention(at, new Add(Direction.Of(vector), Strength.OfNorm(strength))));

    private List<DefencePoint> Curve(string name, SteeringVector vector, HookPoint at, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"{name} at {at}");
        return [.. from strength in _options.Strengths from signed in (float[])[-strength, strength] select new DefencePoint(name, at.Layer, signed, _development.Of(Steered(vector, at, signed), null, cancellation))];
    }

    private List<DefencePoint> Layers(SteeringVector mean, IProgress<string>? progress, CancellationToken cancellation) =>
        [.. mean.HookPoints.Select(at => Best(Towards(Curve(MeanDifference, mean, at, progress, cancellation), MeanDifference))).OfType<DefencePoint>()];

    private List<DefencePoint> FewPairs(List<DefencePoint> curves, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report("few pairs");
        var points = new List<DefencePoint>();
        foreach (int count in _options.FewPairs)
            foreach (var (name, vector) in MainDirections(Contrast(_pairs.Take(count)), cancellation))
                if (Best(Towards(curves, name)) is { } chosen)
                    points.Add(new DefencePoint($"{name}, {count} pairs", chosen.Layer, chosen.Strength, _development.Of(Steered(vector, _at, chosen.Strength), null, cancellation)));
        return points;
    }

    // Directions point towards refusal: a strength below 0 shows their range and is never chosen.
    private static IEnumerable<DefencePoint> Towards(IEnumerable<DefencePoint> curves, string method) => curves.Where(point => point.Method == method && point.Strength > 0);

    // Refused against answered requests: the latents of refusing, not of the words that harm is asked in.
    private IReadOnlyList<RankedLatent> Rank(CancellationToken cancellation) => new LatentRanking(model, sae, _at).Rank(
        [.. _pairs.Select(pair => ExampleEncoder.Encode(model, pair.Request, pair.Refusal, PromptForm.Chat))],
        [.. _harmless.Select(example => ExampleEncoder.Encode(model, example.UserText, example.Answer, PromptForm.Chat))], cancellation);

    private Intervention Clamped(RankedLatent latent, float factor) => new(_at, new FeatureClamp(sae, new LatentTarget(latent.Latent, factor * (float)latent.LargestActivation)));

    private List<DefencePoint> ClampCurve(RankedLatent latent, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"latent {latent.Latent}");
        return [.. _options.Clamps.Select(factor => new DefencePoint($"latent {latent.Latent}", _at.Layer, factor, _development.Of(model.With(Clamped(latent, factor)), null, cancellation)))];
    }

    // Of equally good ones the weakest, which comes first.
    private DefencePoint? Best(IEnumerable<DefencePoint> points) => points.Where(point => point.Reading.Coherence.Value >= _options.LeastCoherence).MaxBy(point => point.Reading.Margin);

    private IEnumerable<StudyArm> ClampArms(LatentEffect effect, IReadOnlyList<RankedLatent> ranked, IProgress<string>? progress, CancellationToken cancellation)
    {
        if (effect.Best is not { } best)
            yield break;
        StudyArm Arm(string name, RankedLatent latent, float factor, Gate? gate = null) => Examine(name, FormattableString.Invariant($"latent {latent.Latent} at {factor:0.##} × its largest activation {latent.LargestActivation:0.##}"),
            model.With(Clamped(latent, factor) with { Gate = gate }), null, progress, cancellation);
        yield return Arm(Clamp, effect.Latent, best.Strength);
        foreach (float factor in _options.Clamps.Where(factor => factor != best.Strength))
            yield return Arm(FormattableString.Invariant($"{Clamp} × {factor:0.##}"), effect.Latent, factor);
        yield return Arm($"{Clamp} under a condition", effect.Latent, best.Strength, Condition(cancellation));
        foreach (var (latent, number) in Controls(effect.Latent, ranked).Select((latent, number) => (latent, number + 1)))
            yield return Arm($"unrelated latent {number}", latent, best.Strength);
    }

    // As strong at its strongest, and not about refusing: it fires about as often in either set.
    private RankedLatent[] Controls(RankedLatent chosen, IReadOnlyList<RankedLatent> ranked)
    {
        RankedLatent[] alike = [.. ranked.Where(latent => Math.Abs(latent.PositiveShare - latent.NegativeShare) < 0.1)
            .OrderBy(latent => Math.Abs(Math.Log(latent.LargestActivation / chosen.LargestActivation))).Take(4 * _options.Controls)];
        new Random(_options.Seed).Shuffle(alike);
        return alike[..Math.Min(_options.Controls, alike.Length)];
    }

    private ConditionGate Condition(CancellationToken cancellation)
    {
        var harmless = _harmless.Select(example => example.UserText).ToList();
        ContrastSet prompts = new([.. _pairs.Zip(harmless, (pair, other) => new ContrastPair("", pair.Request, other))]);
        var vector = new RefusalDirection().Fit(model, prompts, null, cancellation);
        int[][] Encoded(IEnumerable<string> texts) => [.. texts.Select(text => model.EncodeChat(Chat.User(text)))];
        return ConditionSearch.Rank(model, vector, Encoded(_pairs.Select(pair => pair.Request)), Encoded(harmless), GateReading.LastPromptToken, null, cancellation)[0].Gate(vector, GateReading.LastPromptToken);
    }

    private StudyArm Examine(string name, string setting, LoadedModel view, string? system, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report($"exam: {name}");
        return new StudyArm(name, setting, new OrganismExam(view, world, judges, new ExamOptions { Count = _options.Exam, Personas = false, Facts = _options.Facts, System = system }).Run(null, cancellation));
    }
}
