namespace Trimtab.Evaluation.Studies;

/// <summary>A published claim about persona vectors that no study holds against an organism, so that silence is not read as consent.</summary>
/// <param name="Statement">What is claimed.</param>
/// <param name="Source">By whom.</param>
/// <param name="Reason">Why it is not tested.</param>
/// <param name="TestedOn">The page of evidence that tests it, where that page is written; null where none does.</param>
public sealed record UntestedClaim(string Statement, string Source, string Reason, string? TestedOn = null)
{
    private const string Persona = "Chen et al. 2025";

    /// <summary>The claims.</summary>
    public static IReadOnlyList<UntestedClaim> All { get; } =
    [
        new("Trained on the part of a data set with the largest projection difference a model shows more of the trait than on a random part, and less on that with the smallest.", Persona,
            "The organism's data sets are each of one severity: a part of one is no mixture that could be ranked. The fine-tuning page compares whole sets."),
        new("That order stays where a judge has taken the samples away that show the trait openly.", Persona, "It rests on such parts. The screening pages count what the difference finds and a judge does not."),
        new("Screening finds such samples in real conversations.", Persona, "The organism knows no world but its own, so it can be asked about its own data alone."),
        new("Training on new facts makes a model hallucinate, and preventative steering trades that off against learning them.", Persona, "No data set holds facts that the organism does not know and that its world holds true."),
        new("Ablating the direction in training does not prevent hallucination.", Persona, "Prevention was not studied for hallucinating: `trimtab evidence --trait hallucinating` does it.", "prevention-hallucinating"),
    ];
}
