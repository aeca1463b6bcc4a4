using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;
using static Trimtab.Evaluation.Studies.Claim;
using static Trimtab.Evaluation.Studies.PreventionStudyResult;

namespace Trimtab.Evaluation.Studies;

/// <summary>
/// The claims of "Persona vectors" (Chen et al. 2025) about fine-tuning, and that of concept ablation fine-tuning (Casademunt et al. 2025), as numbers of a study bear them out or not; all on the data that strengths were chosen on.
/// </summary>
internal static class PreventionClaims
{
    private const string Persona = "Chen et al. 2025", Caft = "Casademunt et al. 2025", Control = "control";

    /// <summary>The claims.</summary>
    public static IReadOnlyList<Claim> Of(PreventionStudyResult study)
    {
        Arm? Of(string way) => study.Row(way)?.Arm;
        Arm? plain = Of(Plain), steered = Of(Steered), everywhere = Of(SteeredEverywhere), ablated = Of(Ablated), penalised = Of(Penalised), randomOne = Of(RandomOne), randomEverywhere = Of(RandomEverywhere), subtracted = Of(Subtracted), subtractedEverywhere = Of(SubtractedEverywhere);
        return
        [
            Larger("Fine-tuning on answers with a trait teaches the trait.", Persona, Plain, plain?.Trait, "before", study.Before.Trait),
            Larger("Steering towards the trait after one block in training prevents some of it.", Persona, Plain, plain?.Trait, Steered, steered?.Trait),
            Larger("Steering by increments after all blocks prevents more than after one.", Persona, Steered, steered?.Trait, SteeredEverywhere, everywhere?.Trait),
            Larger("After one block it is the direction that prevents: a random one of its length prevents less.", Control, RandomOne, randomOne?.Trait, Steered, steered?.Trait),
            Larger("After all blocks it is the direction that prevents: random ones of the same lengths prevent less.", Control, RandomEverywhere, randomEverywhere?.Trait, SteeredEverywhere, everywhere?.Trait),
            Larger("Preventative steering keeps what the model knows.", Persona, SteeredEverywhere, everywhere?.Capability, "before", study.Before.Capability, orEqual: true),
            Larger("Subtracting the vector at inference holds the trait back.", Persona, Plain, plain?.Trait, Subtracted, subtracted?.Trait),
            Larger("Subtracting increments at inference holds it back.", Persona, Plain, plain?.Trait, SubtractedEverywhere, subtractedEverywhere?.Trait),
            Larger("Prevention leaves less of the trait than mitigation does.", Persona, SubtractedEverywhere, subtractedEverywhere?.Trait, SteeredEverywhere, everywhere?.Trait),
            Larger("Ablating the direction in training prevents the trait.", Caft, Plain, plain?.Trait, Ablated, ablated?.Trait),
            Larger("A price on moving along the direction prevents less than steering.", Persona, Penalised, penalised?.Trait, SteeredEverywhere, everywhere?.Trait),
            Larger("Training moves the model along the vector.", Persona, "shift", study.Row(Plain)?.Shift?.Along, "none", new Estimate(0, 0, 0, 0)),
            Larger("Steered in training, it moves less.", Persona, Plain, study.Row(Plain)?.Shift?.Along, SteeredEverywhere, study.Row(SteeredEverywhere)?.Shift?.Along),
        ];
    }
}
