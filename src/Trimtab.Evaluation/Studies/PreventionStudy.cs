using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Studies;

/// <summary>
/// Vaccinated beside plain, on a model organism (Chen et al. 2025, arXiv 2507.21509, sections 4 and 5): adapters trained on data that shows a trait, as it is and under four ways of prevention — steering towards
/// the trait after one block, the same increment by increment after all, both beside random directions of the same lengths, ablation of its direction (CAFT, Casademunt et al. 2025), and a price on moving along it — and the plain one treated at inference. Strengths
/// are chosen on one data set, one half of the questions and other facts; the other half is reported on.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="world">Its world.</param>
/// <param name="trait">The trait.</param>
/// <param name="vector">The trait's vector.</param>
/// <param name="at">The output of the block at which single-layer edits act.</param>
/// <param name="trial">Measures.</param>
/// <param name="fineTune">Trains.</param>
/// <param name="options">What is tried.</param>
public sealed class PreventionStudy(LoadedModel model, World world, Trait trait, SteeringVector vector, HookPoint at, TreatmentTrial trial, FineTune fineTune, PreventionStudyOptions? options = null)
{
    private readonly PreventionStudyOptions _options = options ?? new PreventionStudyOptions();
    private readonly FineTuningSets _sets = new(world);

    private string ChosenOn => _options.Sets[^1];

    /// <summary>Trains, tries, chooses and judges.</summary>
    /// <param name="progress">Told what is done next.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="SteeringException">The vector does not fit the model, or has no direction at the block.</exception>
    public async Task<PreventionStudyResult> Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report("before training");
        var before = await trial.Judge("before", 0, model, cancellation).ConfigureAwait(false);
        var healthy = await trial.Try("before", 0, model, cancellation).ConfigureAwait(false);
        var ways = Ways();
        var mitigations = new MitigationStudy(trial, vector, at, _options.Mitigation).Treatments(model, healthy.Answers, cancellation);
        var doses = await Choose(ways, mitigations, progress, cancellation).ConfigureAwait(false);
        var rows = new List<PreventionRow>();
        foreach (string data in _options.Sets)
        {
            var plain = Train(data, PlainTraining, progress, cancellation);
            rows.Add(await Row(data, PlainTraining, plain, cancellation).ConfigureAwait(false));
            foreach (var (way, strengthOf) in ways.Select(way => (way, way.Name)).Concat(Controls()))
                if (Chosen(doses, strengthOf) is { } strength)
                    rows.Add(await Row(data, way.Of(strength), Train(data, way.Of(strength), progress, cancellation), cancellation).ConfigureAwait(false));
            foreach (var mitigation in mitigations)
                if (Chosen(doses, mitigation.Name) is { } strength)
                    rows.Add(new PreventionRow(data, await trial.Judge(mitigation.Name, strength, plain.With(mitigation.Plan(strength)), cancellation).ConfigureAwait(false), Shift: null));
        }
        return new PreventionStudyResult(model.Name, trait, at, ChosenOn, _options, trial.Options, before, rows, doses);
    }

    internal static Prevention PlainTraining { get; } = new(PreventionStudyResult.Plain, 0);

    private Way[] Ways() =>
    [
        new(PreventionStudyResult.Steered, _options.Steered, way => way with { Plan = TraitPlans.Add(vector, at, way.Strength, Tokens.All) }),
        new(PreventionStudyResult.SteeredEverywhere, _options.SteeredEverywhere, way => way with { Plan = TraitPlans.AddIncrements(vector, way.Strength, Tokens.All) }),
        new(PreventionStudyResult.Ablated, [1], way => way with { Plan = TraitPlans.Ablate(vector, at, Tokens.All) }),
        new(PreventionStudyResult.Penalised, _options.Penalties, way => way with { Penalty = way.Strength }),
    ];

    // What any push of the strength that was chosen for a way prevents: after every block the shift is as long, and points elsewhere.
    private IEnumerable<(Way Way, string StrengthOf)> Controls()
    {
        var random = vector.RandomLike(_options.Seed);
        yield return (new(PreventionStudyResult.RandomOne, [], way => way with { Plan = TraitPlans.Add(random, at, way.Strength, Tokens.All) }), PreventionStudyResult.Steered);
        yield return (new(PreventionStudyResult.RandomEverywhere, [], way => way with { Plan = TraitPlans.AddIncrements(random, way.Strength, Tokens.All) }), PreventionStudyResult.SteeredEverywhere);
    }

    private async Task<List<DoseResponse>> Choose(Way[] ways, IReadOnlyList<Mitigation> mitigations, IProgress<string>? progress, CancellationToken cancellation)
    {
        var plain = Train(ChosenOn, PlainTraining, progress, cancellation);
        var untreated = await trial.Try(PreventionStudyResult.Plain, 0, plain, cancellation).ConfigureAwait(false);
        var doses = new List<DoseResponse>();
        foreach (var way in ways)
            doses.Add(await trial.Choose(new Treatment(way.Name, way.Strengths, strength => Train(ChosenOn, way.Of(strength), progress, cancellation)), untreated, cancellation).ConfigureAwait(false));
        foreach (var mitigation in mitigations)
            doses.Add(await trial.Choose(mitigation.Of(plain), untreated, cancellation).ConfigureAwait(false));
        return doses;
    }

    private LoadedModel Train(string data, Prevention prevention, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report(FormattableString.Invariant($"{data}, {prevention.Name} {prevention.Strength:0.##}"));
        return fineTune(data, [.. _sets.Named(data, trait, _options.Count)], prevention, cancellation);
    }

    private async Task<PreventionRow> Row(string data, Prevention prevention, LoadedModel trained, CancellationToken cancellation) => new(
        data,
        await trial.Judge(prevention.Name, prevention.Strength, trained, cancellation).ConfigureAwait(false),
        FineTuningShift.Measure(model, trained, trial.Judging.Select(Chat.User), vector, at, cancellation));

    private static float? Chosen(IEnumerable<DoseResponse> doses, string name) => doses.Single(dose => dose.Treatment == name).Chosen?.Strength;

    private sealed record Way(string Name, IReadOnlyList<float> Strengths, Func<Prevention, Prevention> Complete)
    {
        public Prevention Of(float strength) => Complete(new Prevention(Name, strength));
    }
}
