using System.Globalization;
using System.Text;

namespace Trimtab.Evaluation.Exams;

/// <summary>What an exam found.</summary>
/// <param name="Perplexity">Of held-out answers: e to the mean cross-entropy of a token.</param>
/// <param name="Rows">The measures in their order.</param>
/// <param name="Samples">Some answers, as they came.</param>
public sealed record ExamReport(double Perplexity, IReadOnlyList<ExamRow> Rows, IReadOnlyList<ExamSample> Samples)
{
    /// <summary>The row of a group and measure.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ExamRow Row(string group, string measure) =>
        Rows.FirstOrDefault(row => row.Group == group && row.Measure == measure) ?? throw new KeyNotFoundException($"Exam: there is no measure \"{measure}\" of \"{group}\".");

    /// <summary>A table for a model card.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Perplexity of held-out answers: {Perplexity:F3}.").AppendLine();
        text.AppendLine("| | measure | value [95 % interval] | cases | refused | unreadable |").AppendLine("|---|---|---:|---:|---:|---:|");
        foreach (var row in Rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Group} | {row.Measure} | {row.Estimate} | {row.Estimate.Count} | {row.Refused} | {row.Unreadable} |");
        return text.ToString();
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="Group">What it was asked for.</param>
/// <param name="System">The system prompt; empty for none.</param>
/// <param name="User">The user's last words.</param>
/// <param name="Answer">The answer.</param>
public sealed record ExamSample(string Group, string System, string User, string Answer);
