using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Sweeps;
using static Trimtab.Evaluation.Studies.Claim;

namespace Trimtab.Evaluation.Studies;

/// <summary>The claims of "Persona vectors" (Chen et al. 2025, arXiv 2507.21509, section 3) about steering, as a pipeline's numbers bear them out or not.</summary>
public static class PersonaClaims
{
    private const string Persona = "Chen et al. 2025";

    /// <summary>The claims.</summary>
    public static IReadOnlyList<Claim> Of(PersonaResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var (verification, trait) = (result.Verification, result.Trait);
        Arm? steered = verification?.Steered, unsteered = verification?.Unsteered;
        return
        [
            Larger($"Adding the vector makes the model \"{trait}\".", Persona, "steered", steered?.Trait, "unsteered", unsteered?.Trait),
            Larger("A random direction of the same length does not.", Persona, "steered", steered?.Trait, "random", verification?.Random.Trait),
            Larger("Nor does a vector from the same answers with their labels shuffled.", Persona, "steered", steered?.Trait, "shuffled", verification?.Shuffled.Trait),
            Correlated("The stronger, the more of the trait.", Persona, verification is null ? null : Correlation.Of([.. verification.Dose.Select(arm => ((double)arm.Strength, arm.Trait.Value))])),
            Larger("It costs capability.", Persona, "unsteered", unsteered?.Capability, "steered", steered?.Capability),
            Larger("Middle layers steer best.", Persona, "best of the middle half", Best(result, middle: true)?.Trait, "best of the others", Best(result, middle: false)?.Trait),
        ];
    }

    private static Arm? Best(PersonaResult result, bool middle)
    {
        int layers = result.Grid.Select(arm => arm.Layer!.Value + 1).DefaultIfEmpty(0).Max();
        return result.Grid.Where(arm => (arm.Layer >= layers / 4 && arm.Layer < layers - layers / 4) == middle).Choice(result.LeastCoherence);
    }
}
