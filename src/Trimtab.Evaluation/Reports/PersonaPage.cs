using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Reports;

/// <summary>What a persona pipeline found as one HTML page that needs no network: what became of the answers, the map of layers and strengths, the dose-response, the arms with their intervals, and answers side by side.</summary>
public static class PersonaPage
{
    private const string Style = """
        table.map { width: auto } table.map td, table.map th { text-align: right; font-variant-numeric: tabular-nums; border: 1px solid #8884 } table.map td.off { color: #8888; text-decoration: line-through }
        table.map td.chosen { outline: 2px solid currentColor } .verdict { font-weight: 600 } table.funnel { width: auto }
        """;

    /// <summary>The page.</summary>
    /// <param name="result">What the pipeline found.</param>
    public static string ToHtml(this PersonaResult result)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"verdict\">{Text(result.Verdict)}</p>\n");
        if (result.Verification is { } verified)
        {
            page.Append("<h2>Beside controls</h2>\n").Append(ArmTables.Measures(verified.Arms, result.Trait));
            page.Append("<p>Values with 95 % intervals over questions, none of which chose anything. The controls are the unsteered model, the direction reversed, a random direction and one from shuffled labels, both at the same length. The prompt shows what asking for the trait does.</p>\n");
            page.Append("<h2>Dose and response</h2>\n").Append(CultureInfo.InvariantCulture, $"<div class=\"charts\">{StudyCharts.Of(result)[0].ToSvg()}</div>\n").Append(ArmTables.Measures(verified.Dose, result.Trait));
        }
        page.Append(Map(result)).Append(Funnel(result.Funnel));
        if (result.Verification is not null)
            page.Append(ArmTables.Answers(result.Verification.Arms));
        foreach (string note in result.Notes)
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(note)}</p>\n");
        return HtmlPage.Of($"A persona vector for \"{result.Trait}\" in {result.Model}", Style, page.ToString());
    }

    // The trait of each layer and strength; struck out where the answers are not coherent enough to be chosen.
    private static string Map(PersonaResult result)
    {
        float[] strengths = [.. result.Grid.Select(arm => arm.Strength).Distinct().Order()];
        var map = new StringBuilder("<h2>Layers and strengths</h2>\n<table class=\"map\"><tr><th>block</th>");
        foreach (float strength in strengths)
            map.Append(CultureInfo.InvariantCulture, $"<th>{strength:0.##}</th>");
        map.Append("</tr>\n");
        foreach (var layer in result.Grid.GroupBy(arm => arm.Layer).OrderByDescending(layer => layer.Key))
        {
            map.Append(CultureInfo.InvariantCulture, $"<tr><th>{layer.Key}</th>");
            foreach (var arm in layer.OrderBy(arm => arm.Strength))
                map.Append(Cell(result, arm));
            map.Append("</tr>\n");
        }
        return map.Append(CultureInfo.InvariantCulture, $"</table>\n<p>{Text(result.Trait)}, 0 to 100, on the questions that choose; struck out where coherence is below {result.LeastCoherence:0}, outlined what was chosen.</p>\n").ToString();
    }

    private static string Cell(PersonaResult result, Arm arm)
    {
        string kind = !arm.IsCoherent(result.LeastCoherence) ? "off" : arm == result.Chosen ? "chosen" : "on";
        double shade = arm.Trait.IsNone ? 0 : arm.Trait.Value / 100;
        return string.Create(CultureInfo.InvariantCulture, $"<td class=\"{kind}\" style=\"background:rgb(217 130 43/{shade:0.##})\" title=\"{Text(result.Trait)} {arm.Trait}, coherence {arm.CoherenceInWords()}\">{(arm.Trait.IsNone ? "–" : arm.Trait.Value.ToString("0", CultureInfo.InvariantCulture))}</td>");
    }

    private static string Funnel(PairFunnel funnel)
    {
        var table = new StringBuilder("<h2>The answers that it is made from</h2>\n<table class=\"funnel\">");
        table.Append(CultureInfo.InvariantCulture, $"<tr><td>pairs of answers</td><td class=\"number\">{funnel.Asked}</td></tr>\n");
        foreach (var (fate, count) in funnel.Counts)
            table.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(PairFunnel.Words(fate))}</td><td class=\"number\">{count}</td></tr>\n");
        return table.Append("</table>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
