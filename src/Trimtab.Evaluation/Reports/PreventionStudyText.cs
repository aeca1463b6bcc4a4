using System.Globalization;
using System.Text;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Reports;

/// <summary>A study of prevention, or of mitigation, as Markdown: the arms side by side, and the strengths that were tried.</summary>
public static class PreventionStudyText
{
    /// <summary>The text.</summary>
    public static string ToMarkdown(this PreventionStudyResult study)
    {
        string trait = study.Trait.ToString().ToLowerInvariant();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Prevention: {trait}, {study.Model}, {study.At}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Adapters trained on {study.Options.Count} chats of each data set. Strengths chosen on \"{study.ChosenOn}\", by other questions and facts than those below, of {study.Trial.Facts} each; {study.Trial.Samples} answers to each question, seed {study.Trial.Seed}. Protected is what has less of the trait than the plain model, a coherence of {study.Trial.LeastCoherence} or more, and no fewer of the same facts: the difference's interval lies above −{Claim.Margin:0} points. Means with 95 % intervals; trait and coherence 0 to 100, facts in percent.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| data | model | strength | {trait} | coherence | facts | more than plain | shift | cosine | protected |");
        text.AppendLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| – | {Cells(study.Before)} | | | | |");
        foreach (var row in study.Rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Data} | {Cells(row.Arm)} | {(IsPlain(row) ? "" : study.MoreFacts(row).ToString())} | {row.Shift?.Along.ToString() ?? ""} | {row.Shift?.Cosine:0.00} | {(IsPlain(row) ? "" : Words(study.Protects(row)))} |");
        ClaimTable.Append(text.AppendLine(), study.Claims);
        Doses(text, study.Doses, trait);
        return text.ToString();
    }

    /// <summary>The text.</summary>
    /// <param name="study">What was found.</param>
    /// <param name="trait">The trait's name.</param>
    public static string ToMarkdown(this MitigationResult study, string trait)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| model | strength | {trait} | coherence | facts |").AppendLine("|---|---:|---:|---:|---:|");
        foreach (var arm in study.Treatments.Select(treatment => treatment.Judged).OfType<Arm>().Prepend(study.Untreated))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Cells(arm)} |");
        Doses(text.AppendLine(), study.Treatments.Select(treatment => treatment.Doses), trait);
        return text.ToString();
    }

    private static void Doses(StringBuilder text, IEnumerable<DoseResponse> doses, string trait)
    {
        text.AppendLine("## Strengths that were tried").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| treatment | strength | {trait} | coherence | facts | chosen |").AppendLine("|---|---:|---:|---:|---:|---|");
        foreach (var dose in doses)
            foreach (var arm in dose.Curve)
                text.AppendLine(CultureInfo.InvariantCulture, $"| {Cells(arm)} | {(arm != dose.Chosen ? "" : dose.Missed is { } missed ? $"for want of a better one: {missed}" : "yes")} |");
    }

    private static bool IsPlain(PreventionRow row) => row.Arm.Name == PreventionStudyResult.Plain;

    private static string Words(Finding finding) => finding switch { Finding.Holds => "yes", Finding.Fails => "no", _ => "undecided" };

    private static string Cells(Arm arm) => FormattableString.Invariant($"{arm.Name} | {arm.Strength:G3} | {arm.Trait} | {arm.Coherence} | {arm.Capability}");
}
