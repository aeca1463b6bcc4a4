using System.Collections.Immutable;
using Trimtab.Evaluation.Judges;
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
    private readonly TrialOptions _options;
    private readonly ArmMeter _meter;
    private readonly KnownFacts _choosingFacts, _judgingFacts;

    /// <summary>A trial.</summary>
    /// <param name="world">The model's world.</param>
    /// <param name="judges">Its judges.</param>
    /// <param name="trait">The trait.</param>
    /// <param name="options">How much is asked.</param>
    public TreatmentTrial(World world, Instruments judges, Trait trait, TrialOptions? options = null)
    {
        _options = options ?? new TrialOptions();
        var questions = TraitQuestions.For(world, trait).Evaluation;
        (Choosing, Judging) = (questions[..(questions.Length / 2)], questions[(questions.Length / 2)..]);
        _meter = new ArmMeter(RuleJudge.Of(judges, trait), RuleJudge.OfCoherence(judges), _options.MaxTokens, _options.Seed);
        (_choosingFacts, _judgingFacts) = (new KnownFacts(world, _options.Facts, _options.MaxTokens, between: true), new KnownFacts(world, _options.Facts, _options.MaxTokens));
    }

    /// <summary>The questions that strengths are chosen by.</summary>
    public ImmutableArray<string> Choosing { get; }

    /// <summary>The questions that are reported on.</summary>
    public ImmutableArray<string> Judging { get; }

    /// <summary>Measures a way of running the model on the questions and facts that choose.</summary>
    public Task<Arm> Try(string name, float strength, LoadedModel view, CancellationToken cancellation = default) => Measure(name, strength, view, Choosing, _options.Tries, _choosingFacts, cancellation);

    /// <summary>Measures a way of running the model on the questions and facts that are reported on.</summary>
    public Task<Arm> Judge(string name, float strength, LoadedModel view, CancellationToken cancellation = default) => Measure(name, strength, view, Judging, _options.Samples, _judgingFacts, cancellation);

    /// <summary>Tries every strength of a treatment, and chooses.</summary>
    /// <param name="treatment">The treatment.</param>
    /// <param name="untreated">The model without it, as <see cref="Try"/> measured it.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<DoseResponse> Choose(Treatment treatment, Arm untreated, CancellationToken cancellation = default)
    {
        var curve = new List<Arm>();
        foreach (float strength in treatment.Strengths)
            curve.Add(await Try(treatment.Name, strength, treatment.View(strength), cancellation).ConfigureAwait(false));
        return new DoseResponse(treatment.Name, curve, Choice(curve, untreated, _options.LeastCoherence));
    }

    /// <summary>The least of the trait among arms that are coherent and whose facts do not lie below the untreated model's interval; the first, weakest, of equals.</summary>
    internal static Arm? Choice(IEnumerable<Arm> curve, Arm untreated, double leastCoherence) =>
        curve.Where(arm => arm.Coherence.Value >= leastCoherence && arm.Capability!.Value >= untreated.Capability!.Low).MinBy(arm => arm.Trait.Value);

    private async Task<Arm> Measure(string name, float strength, LoadedModel view, ImmutableArray<string> questions, int times, KnownFacts facts, CancellationToken cancellation)
    {
        List<(string, Chat)> asked = [.. Enumerable.Range(0, times).SelectMany(_ => questions).Select(question => (question, Chat.User(question)))];
        var arm = await _meter.Measure(name, view, null, strength, asked, cancellation).ConfigureAwait(false);
        return arm with { Capability = facts.Told(view, cancellation: cancellation) };
    }
}
