using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Hooks;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>A model that was fine-tuned in one way, on the questions that are reported on.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Arm">What it does; named after the way, with the strength in its unit.</param>
/// <param name="Shift">How far training moved it along the trait's direction; null where only inference differs from the plain model.</param>
public sealed record PreventionRow(string Data, Arm Arm, FineTuningShift? Shift);

/// <summary>What a study of prevention found.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Trait">The trait.</param>
/// <param name="At">The output of the block at which single-layer edits acted.</param>
/// <param name="ChosenOn">The data set that strengths were chosen on.</param>
/// <param name="Options">What was tried.</param>
/// <param name="Trial">How it was measured.</param>
/// <param name="Before">The model before training.</param>
/// <param name="Rows">For each data set the plain fine-tuning, the ways to prevent with their controls, and the ways at inference.</param>
/// <param name="Doses">What every way did at every strength, on other questions and facts than those of the rows.</param>
public sealed record PreventionStudyResult(
    string Model, Trait Trait, HookPoint At, string ChosenOn, PreventionStudyOptions Options, TrialOptions Trial, Arm Before, IReadOnlyList<PreventionRow> Rows, IReadOnlyList<DoseResponse> Doses)
{
    /// <summary>The name of the fine-tuning without prevention.</summary>
    public const string Plain = "plain";

    /// <summary>The names of ways that claims speak of.</summary>
    internal const string Steered = "steered in training", SteeredEverywhere = "steered in training, all blocks", Ablated = "ablated in training", Penalised = "penalty in training", RandomOne = "random direction in training", RandomEverywhere = "random directions in training, all blocks",
        Subtracted = "subtracted at inference", SubtractedEverywhere = "subtracted at inference, all blocks";

    /// <summary>What published claims come to.</summary>
    public IReadOnlyList<Claim> Claims => new PreventionClaims(this).All();

    /// <summary>The row of a way on the data that strengths were chosen on; null where no strength was chosen.</summary>
    public PreventionRow? Row(string way) => Rows.FirstOrDefault(row => row.Data == ChosenOn && row.Arm.Name == way);

    /// <summary>
    /// Whether a row protects at no cost: it has less of the trait than the plain model of its data, interval by interval, its answers are as coherent as those of a chosen strength must be, and it does not tell fewer facts. Undecided where
    /// only the facts are.
    /// </summary>
    public Finding Protects(PreventionRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Arm.Trait.High < PlainOf(row).Trait.Low && IsSound(row.Arm) ? Claim.NoLess(MoreFacts(row)) : Finding.Fails;
    }

    /// <summary>How many more of the same facts a row tells than the plain model of its data, in points; the interval is over facts.</summary>
    public Estimate MoreFacts(PreventionRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return MoreFacts(row.Arm, PlainOf(row));
    }

    /// <summary>The same for two arms, which were asked the same facts.</summary>
    internal static Estimate MoreFacts(Arm one, Arm other) => Estimate.OfMean([.. one.FactsTold.Zip(other.FactsTold, (told, plain) => 100.0 * (Convert.ToInt32(told) - Convert.ToInt32(plain)))]);

    /// <summary>Whether an arm's answers could be scored, and are as coherent as those of a chosen strength must be.</summary>
    internal bool IsSound(Arm arm) => arm.Trait.Count > 0 && arm.Coherence.Value >= Trial.LeastCoherence;

    private Arm PlainOf(PreventionRow row) => Rows.First(other => other.Data == row.Data && other.Arm.Name == Plain).Arm;
}
