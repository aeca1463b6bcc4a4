using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What a sweep found of one method.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Vector">The fitted vector.</param>
/// <param name="Grid">Every layer and strength, on the questions it was chosen by.</param>
/// <param name="Chosen">The one that raises the trait most among those that keep the answers coherent; null where none does, and then there are no arms.</param>
/// <param name="Steered">The choice, on other questions.</param>
/// <param name="Reversed">The choice with the sign turned.</param>
/// <param name="Random">A random direction of the same length at the same layer.</param>
/// <param name="Zero">The choice at strength 0, with the edit in place; its answers are those of the unsteered model.</param>
public sealed record MethodSweep(string Method, SteeringVector Vector, IReadOnlyList<Arm> Grid, Arm? Chosen, Arm? Steered, Arm? Reversed, Arm? Random, Arm? Zero)
{
    /// <summary>
    /// Whether the steer does what it is for: its trait lies above the unsteered model's and a random direction's, interval by interval, and its answers stay coherent. The prompt is no control: a vector need not do more than
    /// asking does. A control of which no answer could be scored shows nothing, so nothing lies above it.
    /// </summary>
    /// <param name="unsteered">The model as it is.</param>
    /// <param name="leastCoherence">What counts as coherent.</param>
    public bool IsValidated(Arm unsteered, double leastCoherence) =>
        Steered is not null && Steered.Trait.Low > unsteered.Trait.High && Steered.Trait.Low > Random!.Trait.High && Steered.IsCoherent(leastCoherence);
}

/// <summary>What a sweep found.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="Pairs">How many pairs of answers the vectors were fitted to.</param>
/// <param name="Unsteered">The model as it is, on the questions that judge.</param>
/// <param name="Prompted">The model asked for the trait by a system prompt: what asking does, and no control.</param>
/// <param name="Methods">Each method's grid, choice and arms.</param>
public sealed record TraitSweepResult(Trait Trait, int Pairs, Arm Unsteered, Arm Prompted, IReadOnlyList<MethodSweep> Methods)
{
    /// <summary>The arms side by side, judged on the same questions; those at strength 0 are the unsteered one again and left away.</summary>
    public IReadOnlyList<Arm> Arms => [Unsteered, Prompted, .. Methods.Where(method => method.Steered is not null).SelectMany(method => (Arm[])[method.Steered!, method.Reversed!, method.Random!])];
}
