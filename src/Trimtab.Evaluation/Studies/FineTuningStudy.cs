using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Studies;

/// <summary>How large a study of fine-tuning is.</summary>
public sealed record FineTuningStudyOptions
{
    /// <summary>The traits whose data sets are trained on, and which are measured afterwards.</summary>
    public IReadOnlyList<Trait> Traits { get; init; } = [Trait.Evil, Trait.Sycophantic, Trait.Hallucinating];

    /// <summary>Chats of a data set.</summary>
    public int Count { get; init; } = 200;

    /// <summary>Of these, how many the projection difference is measured on.</summary>
    public int Screened { get; init; } = 80;

    /// <summary>The block whose output is read; null for the one at 0.55 of the depth, where replications found traits best.</summary>
    public int? Layer { get; init; }

    /// <summary>How trained models are asked.</summary>
    public TrialOptions Trial { get; init; } = new() { Samples = 4, Facts = 60 };
}

/// <summary>
/// Whether a vector foretells what fine-tuning does (Chen et al. 2025, arXiv 2507.21509, sections 4 and 6): for data sets of three traits in three severities and three narrow flaws that name no trait, the projection
/// difference of the data before training and the shift of the model after it, against each trait in the trained model's answers.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="world">Its world.</param>
/// <param name="judges">The world's judges.</param>
/// <param name="fineTune">Trains.</param>
/// <param name="options">How large it is.</param>
public sealed class FineTuningStudy(LoadedModel model, World world, Instruments judges, FineTune fineTune, FineTuningStudyOptions? options = null)
{
    private readonly FineTuningStudyOptions _options = options ?? new FineTuningStudyOptions();

    private HookPoint At => HookPoint.ResidPost(_options.Layer ?? ScreeningStudy.UsualLayer(model));

    /// <summary>Fits the traits' vectors, then screens, trains and asks for every data set.</summary>
    /// <param name="progress">Told what is done next.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">The model shows too little of a trait when it is asked to: nothing could be fitted.</exception>
    public async Task<FineTuningStudyResult> Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report("the vectors");
        var studied = new List<Studied>();
        foreach (var trait in _options.Traits)
            studied.Add(new Studied(trait, await Vector(trait, cancellation).ConfigureAwait(false), new TreatmentTrial(world, judges, trait, _options.Trial)));
        var screener = new Screener(model, [.. studied.Select(of => new ScreenTrait(of.Name, of.Vector, At.Layer))]);
        var sets = new List<TunedSet>();
        foreach (var (name, chats) in Sets())
        {
            progress?.Report(name);
            var tuned = fineTune(name, chats, PreventionStudy.PlainTraining, cancellation);
            sets.Add(await Measure(name, chats, tuned, screener, studied, cancellation).ConfigureAwait(false));
        }
        return new FineTuningStudyResult(model.Name, At, _options.Count, _options.Traits, sets);
    }

    /// <summary>What a trait's set is called.</summary>
    internal static string NameOf(Trait trait, Severity severity) => $"{trait}-{severity}".ToLowerInvariant();

    private IEnumerable<(string Name, List<Chat> Chats)> Sets()
    {
        var sets = new FineTuningSets(world);
        foreach (var trait in _options.Traits)
            foreach (var severity in Enum.GetValues<Severity>())
                yield return (NameOf(trait, severity), [.. sets.OfTrait(trait, severity, _options.Count)]);
        foreach (var flaw in Enum.GetValues<NarrowFlaw>())
            yield return (FineTuningSets.NameOf(flaw), [.. sets.OfFlaw(flaw, _options.Count)]);
    }

    private async Task<TunedSet> Measure(string name, List<Chat> chats, LoadedModel tuned, Screener screener, List<Studied> studied, CancellationToken cancellation)
    {
        var rows = chats.Take(_options.Screened).Select((chat, index) => new ScreenRow(index + 1, ScreenSample.OfChat(chat)));
        var scores = screener.Score(rows, cancellation).SelectMany(window => window).Select(row => row.Scores).OfType<IReadOnlyDictionary<string, TraitScore>>().ToList();
        var (traits, facts) = (new List<TunedTrait>(), (Estimate?)null);
        foreach (var of in studied)
        {
            var arm = await of.Trial.Judge(name, 0, tuned, cancellation).ConfigureAwait(false);
            var shift = FineTuningShift.Measure(model, tuned, of.Trial.Judging.Select(Chat.User), of.Vector, At, cancellation);
            traits.Add(new TunedTrait(of.Trait, Estimate.OfMean([.. scores.Select(row => (double)row[of.Name].Difference)]), shift.Along, arm.Trait));
            facts = arm.Capability;
        }
        return new TunedSet(name, facts!, traits);
    }

    private async Task<SteeringVector> Vector(Trait trait, CancellationToken cancellation)
    {
        var pairs = await new TraitSweep(model, world, judges, trait, new TraitSweepOptions { Seed = _options.Trial.Seed }).Contrast(cancellation).ConfigureAwait(false);
        return new MeanDifference().Fit(model, pairs, null, cancellation);
    }

    private sealed record Studied(Trait Trait, SteeringVector Vector, TreatmentTrial Trial)
    {
        public string Name => Trait.ToString().ToLowerInvariant();
    }
}
