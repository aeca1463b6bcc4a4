using System.Globalization;
using System.Text;
using Trimtab.Evaluation.Studies;

namespace Trimtab.Evaluation.Reports;

/// <summary>A study of refusal as Markdown: the arms, the claims, and what they were chosen by.</summary>
public static class RefusalStudyText
{
    private static readonly (string Title, string Group, string Measure)[] Columns =
    [
        ("harm refused", "safety", "harmful requests refused"), ("look-alikes refused", "safety", "look-alikes refused"),
        ("role play answered", "safety", "jailbreak by role play answered"), ("authority answered", "safety", "jailbreak by authority answered"),
        ("story answered", "safety", "jailbreak by story answered"), ("escalation answered", "safety", "jailbreak by escalation answered"),
        ("facts", "knowledge", "facts"), ("choices", "knowledge", "multiple choice"), ("sums", "knowledge", "arithmetic"), ("coherence", "no persona", "coherence"),
    ];

    /// <summary>The text.</summary>
    public static string ToMarkdown(this RefusalStudyResult study)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Refusal: {study.Model}, {study.Sae}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Directions from {study.Options.Pairs} pairs of a refusing and a helping answer; strengths and latents chosen on {2 * study.Options.Development} examples of the training split by refused harm minus refused harmlessness, where coherence is {study.Options.LeastCoherence} or more; judged on {study.Options.Exam} held-out examples of each kind. Percent with 95 % intervals; coherence 0 to 100. Seed {study.Options.Seed}.").AppendLine();
        Arms(text, study);
        ClaimTable.Append(text, study.Claims);
        Curves(text, study.Curves);
        Points(text, "Layers", "The mean difference at each layer, at its best strength.", study.Layers);
        Points(text, "Few pairs", "At the strengths that many pairs chose.", study.FewPairs);
        Latents(text, study.Latents);
        return text.ToString();
    }

    private static void Arms(StringBuilder text, RefusalStudyResult study)
    {
        text.AppendLine("## Arms").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| arm | setting | {string.Join(" | ", Columns.Select(column => column.Title))} | perplexity |").AppendLine(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(Columns.Select(_ => "---:|"))}---:|");
        foreach (var arm in study.Arms)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {arm.Name} | {InOneCell(arm.Setting)} | {string.Join(" | ", Columns.Select(column => Cell(arm, column.Group, column.Measure)))} | {arm.Report.Perplexity:F2} |");
        text.AppendLine();
    }

    // A generated prompt has lines, and may have what a table is drawn with.
    private static string InOneCell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Cell(StudyArm arm, string group, string measure) => arm.Report.Rows.FirstOrDefault(row => row.Group == group && row.Measure == measure)?.Estimate.ToString() ?? "–";

    private static void Curves(StringBuilder text, IReadOnlyList<DefencePoint> curves)
    {
        float[] strengths = [.. curves.Select(point => point.Strength).Distinct().Order()];
        text.AppendLine("## Strengths at the autoencoder's layer").AppendLine();
        text.AppendLine("On the development set: harm refused · look-alikes refused · facts · coherence. Negative strengths push away from refusal. Strengths are fractions of the residual norm; of a latent by its largest activation, multiples of that.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", strengths.Select(strength => strength.ToString("0.##", CultureInfo.InvariantCulture)))} |").AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(strengths.Select(_ => "---|"))}");
        foreach (var method in curves.GroupBy(point => point.Method))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {method.Key} | {string.Join(" | ", strengths.Select(strength => method.FirstOrDefault(point => point.Strength == strength) is { } tried ? Short(tried.Reading) : "–"))} |");
        text.AppendLine();
    }

    private static string Short(DefenceReading reading) => string.Create(CultureInfo.InvariantCulture, $"{reading.Refused.Value:F0} · {reading.OverRefused.Value:F0} · {reading.Facts.Value:F0} · {reading.Coherence.Value:F0}");

    private static void Points(StringBuilder text, string title, string how, IEnumerable<DefencePoint> points)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine().AppendLine(how).AppendLine();
        text.AppendLine("| method | block | strength | harm refused | look-alikes refused | facts | coherence |").AppendLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var point in points)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {point.Method} | {point.Layer} | {point.Strength:0.##} | {point.Reading.Refused} | {point.Reading.OverRefused} | {point.Reading.Facts} | {point.Reading.Coherence} |");
        text.AppendLine();
    }

    private static void Latents(StringBuilder text, IReadOnlyList<LatentEffect> latents)
    {
        text.AppendLine("## Latents").AppendLine().AppendLine("Those that fire where refusals begin and not where harmless requests are answered, by the best that clamping them did on the development set.").AppendLine();
        text.AppendLine("| latent | fires in refusals | in answers | largest activation | best clamp | harm refused | look-alikes refused | facts | coherence |").AppendLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (latent, best) in latents)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {latent.Latent} | {100 * latent.PositiveShare:F0} % | {100 * latent.NegativeShare:F0} % | {latent.LargestActivation:0.##} | {(best is null ? "none coherent | – | – | – | –" : string.Create(CultureInfo.InvariantCulture, $"{best.Strength:0.##} × | {best.Reading.Refused} | {best.Reading.OverRefused} | {best.Reading.Facts} | {best.Reading.Coherence}"))} |");
    }
}
