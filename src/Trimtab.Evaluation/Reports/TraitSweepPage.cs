using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Evaluation.Reports;

/// <summary>A sweep as one HTML page that needs no network: curves over layers and strengths, the arms with their intervals, and their answers side by side.</summary>
public static class TraitSweepPage
{
    /// <summary>The page.</summary>
    /// <param name="result">What the sweep found.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="leastCoherence">The coherence that the choice had to keep.</param>
    public static string ToHtml(this TraitSweepResult result, string model, double leastCoherence)
    {
        string trait = result.Trait.ToString().ToLowerInvariant();
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<p>Directions from {result.Pairs} pairs of the model's own answers, asked to show the trait and asked not to.</p>\n");
        page.Append(Arms(result.Arms, trait));
        foreach (var method in result.Methods)
            page.Append(Sweep(result, method, leastCoherence));
        return HtmlPage.Of($"Steering {model} by a direction for \"{trait}\"", "", page.Append(ArmTables.Answers(result.Arms)).ToString());
    }

    private static string Sweep(TraitSweepResult result, MethodSweep method, double leastCoherence)
    {
        string choice = method.Chosen is not { } chosen ? "No layer and strength kept the answers coherent, so none was chosen."
            : string.Create(CultureInfo.InvariantCulture, $"Block {chosen.Layer} at {SweptStrengths.InWords(chosen.Strength, chosen.IsRaw)} raised the trait most among those that kept the answers coherent. ")
                + (method.IsValidated(result.Unsteered, leastCoherence) ? "Validated: on other questions its trait lies above the unsteered model's and a random direction's, interval by interval." : "Not validated: on other questions it does not stand clear of both, or its answers do not stay coherent.")
                + " At strength 0, with the edit in place, every answer is the unsteered model's.";
        return $"<h2>{Text(method.Method)}: layers and strengths</h2>\n<p>{choice}</p>\n<div class=\"charts\">{Chart(method, "trait", arm => arm.Trait)}{Chart(method, "coherence", arm => arm.Coherence)}</div>\n";
    }

    private static string Chart(MethodSweep method, string title, Func<Arm, Estimate> value) => new LineChart(title, SweptStrengths.Axis(method.Grid[0].IsRaw), 100,
        [.. method.Grid.GroupBy(arm => arm.Layer).Select(layer => new ChartLine($"block {layer.Key}", [.. layer.Where(arm => !value(arm).IsNone).OrderBy(arm => arm.Strength).Select(arm => ((double)arm.Strength, value(arm).Value))]))]).ToSvg();

    private static string Arms(IReadOnlyList<Arm> arms, string trait) => "<h2>Beside controls</h2>\n" + ArmTables.Measures(arms, trait)
        + "<p>Values with 95 % intervals over questions. The controls are the unsteered model and a random direction of the same length; the prompt shows what asking for the trait does, and the vector need not do more. Trait and coherence come from rules of the model's closed world; they read question and answer and do not know the arm.</p>\n";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
