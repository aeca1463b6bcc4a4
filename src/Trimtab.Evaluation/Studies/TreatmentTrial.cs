using System.Collections.Immutable;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>
/// Tries treatments of a trait on one half of its held-out questions and judges them on the other, with facts beside: strengths are chosen where nothing is reported. Trait and coherence come from rules
/// of the model's world, which do not know what was done to the model.
/// </summary>
public sealed class TreatmentTrial
{
    private readonly ArmMeter _meter;
    private readonly KnownFacts _choosingFacts, _judgingFacts;

    /// <summary>A trial.</summary>
    /// <param name="world">The model's world.</param>
    /// <param name="judges">Its judges.</param>
    /// <param name="trait">The trait.</param>
    /// <param name="options">How much is asked.</param>
    public TreatmentTrial(World world, Instruments judges, Trait trait, TrialOptions? options = null)
    {
        Options = options ?? new TrialOptions();
        var questions = TraitQuestions.For(world, trait).Evaluation;
        (Choosing, Judging) = (questions[..(questions.Length / 2)], questions[(questions.Length / 2)..]);
        _meter = new ArmMeter(RuleJudge.Of(judges, trait), RuleJudge.OfCoherence(judges), Options.MaxTokens, Options.Seed);
        (_choosingFacts, _judgingFacts) = (new KnownFacts(world, Options.Facts, Options.MaxTokens, between: true), new KnownFacts(world, Options.Facts, Options.MaxTokens));
    }

    /// <summary>How much is asked.</summary>
    public TrialOptions Options { get; }

    /// <summary>The questions that strengths are chosen by.</summary>
    public ImmutableArray<string> Choosing { get; }

    /// <summary>The questions that are reported on.</summary>
    public ImmutableArray<string> Judging { get; }

    /// <summary>Measures a way of running the model on the questions and facts that choose.</summary>
    public Task<Arm> Try(string name, float strength, LoadedModel view, CancellationToken cancellation = default) => Measure(name, strength, view, Choosing, Options.Tries, _choosingFacts, cancellation);

    /// <summary>Measures a way of running the model on the questions and facts that are reported on.</summary>
    public Task<Arm> Judge(string name, float strength, LoadedModel view, CancellationToken cancellation = default) => Measure(name, strength, view, Judging, Options.Samples, _judgingFacts, cancellation);

    /// <summary>Tries every strength of a treatment, and chooses.</summary>
    /// <param name="treatment">The treatment.</param>
    /// <param name="untreated">The model without it, as <see cref="Try"/> measured it.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<DoseResponse> Choose(Treatment treatment, Arm untreated, CancellationToken cancellation = default)
    {
        var curve = new List<Arm>();
        foreach (float strength in treatment.Strengths)
            curve.Add(await Try(treatment.Name, strength, treatment.View(strength), cancellation).ConfigureAwait(false));
        return Choose(treatment.Name, curve, untreated, Options.LeastCoherence);
    }

    /// <summary>
    /// Chooses the least of the trait among arms that are coherent and whose facts do not lie below the untreated model's interval; the first, weakest, of equals. Few answers can put a treatment of a single strength below a gate, and it is
    /// judged all the same: where no arm passes, the most coherent one is taken and says what it missed.
    /// </summary>
    internal static DoseResponse Choose(string treatment, IReadOnlyList<Arm> curve, Arm untreated, double leastCoherence)
    {
        var chosen = curve.Where(arm => Missed(arm, untreated, leastCoherence) is null).MinBy(arm => arm.Trait.Value) ?? curve.MaxBy(arm => arm.Coherence.Value);
        return new DoseResponse(treatment, curve, chosen, chosen is null ? null : Missed(chosen, untreated, leastCoherence));
    }

    private static string? Missed(Arm arm, Arm untreated, double leastCoherence)
    {
        var missed = new List<string>();
        if (arm.Trait.Count == 0)
            missed.Add("no answer that could be scored");
        if (!arm.IsCoherent(leastCoherence))
            missed.Add(FormattableString.Invariant($"coherence {arm.CoherenceInWords()} where {leastCoherence:0.#} is needed"));
        if (arm.Capability!.Value < untreated.Capability!.Low)
            missed.Add(FormattableString.Invariant($"facts {arm.Capability.Value:F1} where {untreated.Capability.Low:F1} are needed"));
        return missed.Count == 0 ? null : string.Join(" and ", missed);
    }

    private async Task<Arm> Measure(string name, float strength, LoadedModel view, ImmutableArray<string> questions, int times, KnownFacts facts, CancellationToken cancellation)
    {
        List<(string, Chat)> asked = [.. Enumerable.Range(0, times).SelectMany(_ => questions).Select(question => (question, Chat.User(question)))];
        var arm = await _meter.Measure(name, view, null, strength, asked, cancellation).ConfigureAwait(false);
        var told = facts.Each(view, cancellation: cancellation);
        return arm with { Capability = Estimate.OfShare(told.Count(right => right), told.Count), FactsTold = told };
    }
}
