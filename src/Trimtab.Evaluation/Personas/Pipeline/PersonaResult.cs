using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Personas;

/// <summary>What a choice of layer and strength does on questions that did not choose it. Every arm is asked the same ones.</summary>
/// <param name="Unsteered">The model as it is.</param>
/// <param name="Prompted">The model asked for the trait by its instructions, in turns. It shows what asking does, and is no control: a vector need not do more than a prompt.</param>
/// <param name="Dose">Every strength at the chosen layer, ascending: the dose-response.</param>
/// <param name="Steered">The chosen one among them.</param>
/// <param name="Reversed">The choice with the sign turned.</param>
/// <param name="Random">A random direction of the same length at the same layer.</param>
/// <param name="Shuffled">A vector from the same answers with the sides of half of the pairs exchanged, at the same length.</param>
public sealed record PersonaVerification(Arm Unsteered, Arm Prompted, IReadOnlyList<Arm> Dose, Arm Steered, Arm Reversed, Arm Random, Arm Shuffled)
{
    /// <summary>All arms but the doses that were not chosen.</summary>
    public IReadOnlyList<Arm> Arms => [Unsteered, Prompted, Steered, Reversed, Random, Shuffled];

    /// <summary>What the steer must lie above.</summary>
    public IReadOnlyList<Arm> Controls => [Unsteered, Reversed, Random, Shuffled];

    /// <summary>
    /// Whether the steer does what it is for: its trait's interval lies above that of every control, and its answers stay coherent. A control of which no answer could be scored
    /// shows nothing, so nothing lies above it.
    /// </summary>
    /// <param name="leastCoherence">What counts as coherent.</param>
    public bool IsValidated(double leastCoherence) =>
        Steered.IsCoherent(leastCoherence) && !Steered.Trait.IsNone && Controls.All(control => !control.Trait.IsNone && control.Trait.High < Steered.Trait.Low);

    // In the order in which they are measured.
    internal static PersonaVerification Of(Arm[] arms, float chosen) => arms is [var unsteered, var prompted, .. var doses, var reversed, var random, var shuffled]
        ? new PersonaVerification(unsteered, prompted, [.. doses.OrderBy(arm => arm.Strength)], doses.Single(arm => arm.Strength == chosen), reversed, random, shuffled)
        : throw new ArgumentException($"Persona: {arms.Length} arms are no verification.", nameof(arms));
}

/// <summary>What a persona pipeline found.</summary>
/// <param name="Trait">The trait's name.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Funnel">What became of the pairs of answers.</param>
/// <param name="Vectors">The vectors.</param>
/// <param name="Grid">Every layer and strength, on the questions that choose.</param>
/// <param name="Chosen">The choice; null where no layer and strength kept the answers coherent, and then nothing is verified.</param>
/// <param name="Verification">What the choice does on other questions.</param>
/// <param name="LeastCoherence">The coherence that it had to keep.</param>
/// <param name="Notes">What people should know of how the run went: files that were made anew.</param>
public sealed record PersonaResult(string Trait, string Model, PairFunnel Funnel, PersonaVectors Vectors, IReadOnlyList<Arm> Grid, Arm? Chosen, PersonaVerification? Verification, double LeastCoherence, IReadOnlyList<string> Notes)
{
    /// <summary>Whether the steer stands clear of every control and stays coherent.</summary>
    public bool IsValidated => Verification?.IsValidated(LeastCoherence) == true;

    /// <summary>The verdict in one sentence.</summary>
    public string Verdict => Chosen is null ? "No layer and strength kept the answers coherent, so none was chosen."
        : FormattableString.Invariant($"Block {Chosen.Layer} at {Chosen.Strength:0.##} of the residual norm. ") + (IsValidated ? "Validated: on questions that did not choose it, its trait lies above that of every control, interval by interval, and its answers stay coherent."
            : "Not validated: on questions that did not choose it, it does not stand clear of every control, or its answers do not stay coherent.");
}
