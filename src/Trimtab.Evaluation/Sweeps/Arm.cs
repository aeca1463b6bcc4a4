using Trimtab.Evaluation.Metrics;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>An answer of an arm.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">The answer.</param>
public sealed record ArmAnswer(string Question, string Text);

/// <summary>What one way of running the model does.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Layer">The block after which it steers; null where it does not.</param>
/// <param name="Strength">The strength, as a fraction of the residual norm; 0 for none.</param>
/// <param name="Trait">The trait, 0 to 100; answers without a score are not in it.</param>
/// <param name="Coherence">Coherence, 0 to 100.</param>
/// <param name="Capability">Facts that were told rightly, in percent; null where they were not asked.</param>
/// <param name="Refused">Answers that refused.</param>
/// <param name="Unreadable">Answers that no judge could read.</param>
/// <param name="Answers">The answers.</param>
public sealed record Arm(string Name, int? Layer, float Strength, Estimate Trait, Estimate Coherence, Estimate? Capability, int Refused, int Unreadable, IReadOnlyList<ArmAnswer> Answers)
{
    /// <summary>Of each fact whether it was told rightly, in the order of the facts, so that arms can be compared fact by fact; empty where only the share was kept.</summary>
    public IReadOnlyList<bool> FactsTold { get; init; } = [];
}

/// <summary>What is chosen among arms.</summary>
public static class Arms
{
    /// <summary>The arm with the most of the trait among those whose coherence is acceptable (Chen et al. 2025, section 3.2); the first of equals, null where none is.</summary>
    /// <param name="arms">The arms.</param>
    /// <param name="leastCoherence">The coherence that counts as acceptable.</param>
    public static Arm? Choice(this IEnumerable<Arm> arms, double leastCoherence) => arms.Where(arm => arm.Coherence.Value >= leastCoherence).MaxBy(arm => arm.Trait.Value);
}
