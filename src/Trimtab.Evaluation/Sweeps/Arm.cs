using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>An answer of an arm.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">The answer.</param>
/// <param name="Trait">What the judge of the trait said of it; null where none was asked.</param>
/// <param name="Coherence">What the judge of coherence said of it; null where none was asked.</param>
public sealed record ArmAnswer(string Question, string Text, Verdict? Trait = null, Verdict? Coherence = null);

/// <summary>What one way of running the model does.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Layer">The block after which it steers; null where it does not.</param>
/// <param name="Strength">The strength, in the unit that <paramref name="IsRaw"/> names; 0 for none.</param>
/// <param name="Trait">The trait, 0 to 100; answers without a score are not in it, and where no answer has one it is <see cref="Estimate.None"/>.</param>
/// <param name="Coherence">Coherence, 0 to 100; likewise.</param>
/// <param name="Capability">Facts that were told rightly, in percent; null where they were not asked.</param>
/// <param name="Refused">Answers that the judge of the trait takes for refusals.</param>
/// <param name="Unreadable">Answers that the judge of the trait could not read.</param>
/// <param name="Answers">The answers.</param>
/// <param name="CoherenceRefused">Answers that the judge of coherence takes for refusals.</param>
/// <param name="CoherenceUnreadable">Answers that the judge of coherence could not read.</param>
/// <param name="IsRaw">Whether the strength is a raw coefficient of the vector, and not a fraction of the residual norm.</param>
public sealed record Arm(
    string Name, int? Layer, float Strength, Estimate Trait, Estimate Coherence, Estimate? Capability, int Refused, int Unreadable, IReadOnlyList<ArmAnswer> Answers,
    int CoherenceRefused = 0, int CoherenceUnreadable = 0, bool IsRaw = false)
{
    /// <summary>The share of answers that must have a coherence score for an arm to count as coherent: an arm that mostly says nothing is not judged by the few answers that say something.</summary>
    public const double LeastScored = 0.9;

    /// <summary>Of each fact whether it was told rightly, in the order of the facts, so that arms can be compared fact by fact; empty where only the share was kept.</summary>
    public IReadOnlyList<bool> FactsTold { get; init; } = [];

    /// <summary>Whether its answers are sound: nearly all of them have a coherence score (<see cref="LeastScored"/>), and the mean of these is acceptable.</summary>
    /// <param name="leastCoherence">The coherence that counts as acceptable.</param>
    public bool IsCoherent(double leastCoherence) => Coherence.Value >= leastCoherence && Coherence.Count >= LeastScored * (Coherence.Count + CoherenceRefused + CoherenceUnreadable);

    /// <summary>Coherence with its interval, and how many answers have none, in words.</summary>
    public string CoherenceInWords() => CoherenceRefused + CoherenceUnreadable is > 0 and var without ? FormattableString.Invariant($"{Coherence} ({without} without)") : $"{Coherence}";
}

/// <summary>What is chosen among arms.</summary>
public static class Arms
{
    /// <summary>The arm with the most of the trait among those that are coherent (Chen et al. 2025, section 3.2); the first of equals, null where none is. Arms of which no answer has a trait score are no choice.</summary>
    /// <param name="arms">The arms.</param>
    /// <param name="leastCoherence">The coherence that counts as acceptable.</param>
    public static Arm? Choice(this IEnumerable<Arm> arms, double leastCoherence) => arms.Where(arm => arm.IsCoherent(leastCoherence) && !arm.Trait.IsNone).MaxBy(arm => arm.Trait.Value);
}
