using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Reports;

/// <summary>A sweep over pairs of answers as one HTML page that needs no network.</summary>
public static class PreferenceSweepPage
{
    /// <summary>The page.</summary>
    /// <param name="result">What the sweep found.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="leastFluency">The fluency that the choice had to keep.</param>
    public static string ToHtml(this PreferenceSweepResult result, string model, double leastFluency)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<p>Directions from {result.FittedPairs} pairs of answers; layer and strength chosen on other pairs, judged on yet others. Preference: by how many nats per token the positive answers are likelier.</p>\n");
        page.Append("<table><tr><th>arm</th><th>strength</th><th>preference</th><th>over unsteered</th><th>fluency</th><th>loss on questions</th></tr>\n");
        foreach (var arm in result.Arms)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(arm.Name)}</td><td class=\"number\">{arm.Strength:+0.##;-0.##;0}</td><td class=\"number\">{Precise(arm.Preference)}</td><td class=\"number\">{Precise(arm.Over(result.Unsteered))}</td><td class=\"number\">{arm.Fluency}</td><td class=\"number\">{(arm.QuestionLoss is { } loss ? Precise(loss) : "–")}</td></tr>\n");
        page.Append("</table>\n");
        foreach (var method in result.Methods)
            page.Append(Sweep(result, method, leastFluency));
        page.Append("<h2>Side by side</h2>\n<table><tr><th>question</th>").AppendJoin("", result.Arms.Select(arm => $"<th>{Text(arm.Name)}</th>")).Append("</tr>\n");
        for (int i = 0; i < result.Unsteered.Texts.Count; i++)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(result.Unsteered.Texts[i].Question)}</td>{string.Concat(result.Arms.Select(arm => $"<td>{Text(arm.Texts[i].Text)}</td>"))}</tr>\n");
        return HtmlPage.Of($"Steering {model}", "", page.Append("</table>\n").ToString());
    }

    /// <summary>A value and its interval, to three places: preferences and losses are small numbers.</summary>
    public static string Precise(Metrics.Estimate estimate) => string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:F3} [{estimate.Low:F3}, {estimate.High:F3}]");

    private static string Sweep(PreferenceSweepResult result, PreferenceMethod method, double leastFluency)
    {
        string choice = method.Chosen is not { } chosen ? "No layer and strength stayed fluent, so none was chosen."
            : string.Create(CultureInfo.InvariantCulture, $"Block {chosen.Layer} at {SweptStrengths.InWords(chosen.Strength, chosen.IsRaw)} raised the preference most among those that stayed fluent: ")
                + (method.IsValidated(result.Unsteered, leastFluency) ? "validated, pair by pair it adds to the preference of the unsteered model and of a random direction." : "not validated, what it adds to the preference of one of both may be nothing, or it does not stay fluent.")
                + " At strength 0, with the edit in place, every number and text is the unsteered model's.";
        var fluency = new LineChart("fluency", SweptStrengths.Axis(method.Grid[0].IsRaw), 100,
            [.. method.Grid.GroupBy(arm => arm.Layer).Select(layer => new ChartLine($"block {layer.Key}", [.. layer.OrderBy(arm => arm.Strength).Select(arm => ((double)arm.Strength, arm.Fluency.Value))]))]);
        var table = new StringBuilder();
        float[] strengths = [.. method.Grid.Select(arm => arm.Strength).Distinct().Order()];
        table.Append("<table><tr><th>preference</th>").AppendJoin("", strengths.Select(strength => string.Create(CultureInfo.InvariantCulture, $"<th>{strength:0.##}</th>"))).Append("</tr>\n");
        foreach (var layer in method.Grid.GroupBy(arm => arm.Layer))
            table.Append(CultureInfo.InvariantCulture, $"<tr><td>block {layer.Key}</td>{string.Concat(layer.OrderBy(arm => arm.Strength).Select(arm => string.Create(CultureInfo.InvariantCulture, $"<td class=\"number\">{arm.Preference.Value:F2}</td>")))}</tr>\n");
        return $"<h2>{Text(method.Method)}: layers and strengths</h2>\n<p>{choice}</p>\n<div class=\"charts\">{fluency.ToSvg()}</div>\n{table}</table>\n";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
