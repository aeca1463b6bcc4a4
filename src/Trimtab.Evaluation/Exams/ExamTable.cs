using System.Globalization;
using System.Text;

namespace Trimtab.Evaluation.Exams;

/// <summary>Several ways of running one model, each with its exam, side by side.</summary>
/// <param name="Arms">The name and the report of each; all of one exam.</param>
public sealed record ExamTable(IReadOnlyList<(string Name, ExamReport Report)> Arms)
{
    /// <summary>A row for each measure and a column for each arm, with 95 % intervals.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| | measure | {string.Join(" | ", Arms.Select(arm => arm.Name))} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(Arms.Select(_ => "---:|"))}");
        foreach (var (group, measure) in Arms.SelectMany(arm => arm.Report.Rows).Select(row => (row.Group, row.Measure)).Distinct())
            text.AppendLine(CultureInfo.InvariantCulture, $"| {group} | {measure} | {string.Join(" | ", Arms.Select(arm => Cell(arm.Report, group, measure)))} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| language | perplexity | {string.Join(" | ", Arms.Select(arm => arm.Report.Perplexity.ToString("F2", CultureInfo.InvariantCulture)))} |");
        return text.ToString();
    }

    // Arms of shorter exams have fewer rows.
    private static string Cell(ExamReport report, string group, string measure) =>
        report.Rows.FirstOrDefault(row => row.Group == group && row.Measure == measure) is { } row ? row.Unreadable > 0 ? $"{row.Estimate} ({row.Unreadable} unreadable)" : row.Estimate.ToString() : "–";
}
