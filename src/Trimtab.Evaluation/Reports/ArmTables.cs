using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Reports;

/// <summary>Arms side by side, for pages: their numbers, and what they answered.</summary>
internal static class ArmTables
{
    private const int AnswersShown = 10;

    /// <summary>Each arm with its values and their intervals.</summary>
    /// <param name="arms">The arms.</param>
    /// <param name="trait">The trait's name.</param>
    public static string Measures(IReadOnlyList<Arm> arms, string trait)
    {
        var table = new StringBuilder("<table><tr><th>arm</th><th>strength</th>");
        table.Append(CultureInfo.InvariantCulture, $"<th>{Text(trait)}</th><th>coherence</th><th>facts right, %</th><th>refused</th><th>unreadable</th></tr>\n");
        foreach (var arm in arms)
            table.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(arm.Name)}</td><td class=\"number\">{arm.Strength:+0.##;-0.##;0}</td><td class=\"number\">{arm.Trait}</td><td class=\"number\">{arm.CoherenceInWords()}</td><td class=\"number\">{arm.Capability}</td><td class=\"number\">{arm.Refused}</td><td class=\"number\">{arm.Unreadable}</td></tr>\n");
        return table.Append("</table>\n").ToString();
    }

    /// <summary>The first answers of all arms to the same questions.</summary>
    public static string Answers(IReadOnlyList<Arm> arms)
    {
        var table = new StringBuilder("<h2>Side by side</h2>\n<table><tr><th>question</th>");
        foreach (var arm in arms)
            table.Append(CultureInfo.InvariantCulture, $"<th>{Text(arm.Name)}</th>");
        table.Append("</tr>\n");
        for (int i = 0; i < Math.Min(AnswersShown, arms[0].Answers.Count); i++)
        {
            table.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(arms[0].Answers[i].Question)}</td>");
            foreach (var arm in arms)
                table.Append(CultureInfo.InvariantCulture, $"<td>{Text(arm.Answers[i].Text)}</td>");
            table.Append("</tr>\n");
        }
        return table.Append("</table>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
