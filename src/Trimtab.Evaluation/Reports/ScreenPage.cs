using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Evaluation.Screening;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Reports;

/// <summary>A screening as one HTML page that needs no network: for each trait how its differences lie, and the top rows beside what the model would have answered.</summary>
public static class ScreenPage
{
    private const int ProblemsShown = 20, Bars = 40;

    private const string Style = "td.answer { white-space: pre-wrap; width: 30% } tr.flagged td:first-child { border-left: 3px solid #d9822b }";

    /// <summary>The page.</summary>
    /// <param name="summary">What was found.</param>
    /// <param name="data">What the data is called.</param>
    /// <param name="explained">The top rows of each trait, in the order of the summary.</param>
    public static string ToHtml(this ScreenSummary summary, string data, IReadOnlyList<IReadOnlyList<ExplainedRow>> explained)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<p>{summary.Settings.Rows} rows, {summary.Traits[0].Ranking.Count} of them scored. {Compared(summary.Settings)}</p>\n");
        foreach (var (place, trait) in summary.Traits.Index())
            page.Append(Trait(trait, summary.Settings.Traits[place], explained[place]));
        return HtmlPage.Of($"Screening {data} by {summary.Settings.Model}", Style, page.Append(Problems(summary.Problems)).ToString());
    }

    private static string Compared(ScreenSettings settings) => settings.Mode switch
    {
        ScreenMode.Full => $"Each answer is compared with the model's own to the same prompt ({(settings.Answers!.Sample ? "drawn" : "the likeliest")}): the difference says how much more of the trait it shows than the model would, not how much it shows.",
        ScreenMode.PromptProxy => "Each answer is compared with what the prompt's last token tells of the model's own answer: a cheap proxy, which holds for some traits better than for others.",
        _ => "Answers are compared with nothing: what is ranked is the projection itself, which depends on what was asked.",
    };

    private static string Trait(TraitSummary trait, ScreenedTrait of, IReadOnlyList<ExplainedRow> explained)
    {
        string flags = trait.Flags is { } rule ? string.Create(CultureInfo.InvariantCulture,
            $" {trait.Flagged.Count()} rows lie above {rule.Threshold:0.###}, the threshold for a false-positive rate of {rule.Rate:0.####} by {rule.Reference.Count} reference rows.") : " Without reference data there is no threshold, only a ranking.";
        return string.Create(CultureInfo.InvariantCulture, $"<h2>{Text(trait.Trait)}</h2>\n<p>Mean difference {trait.Difference.Value:0.###} [{trait.Difference.Low:0.###}, {trait.Difference.High:0.###}] along {Text(of.Vector)} at the output of block {of.Layer}.{flags}</p>\n")
            + $"<div class=\"charts\">{Histogram(trait)}</div>\n{Rows(trait, explained)}";
    }

    // Bars of the data, and as an outline those of the reference; both as shares of their rows.
    private static string Histogram(TraitSummary trait)
    {
        const int width = 700, height = 200, left = 10, bottom = 28, top = 24;
        double[] values = [.. trait.Ranking.Select(row => (double)row.Difference)], reference = [.. trait.Flags?.Reference ?? []];
        double from = values.Concat(reference).Min(), to = Math.Max(values.Concat(reference).Max(), from + 1e-9);
        double[] shares = Shares(values, from, to), normal = Shares(reference, from, to);
        double highest = shares.Concat(normal).Max();
        double X(double value) => left + (value - from) / (to - from) * (width - 2 * left);
        double Y(double share) => height - bottom - share / highest * (height - bottom - top);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {width} {height}\" role=\"img\"><text x=\"{left}\" y=\"14\" class=\"title\">differences{(reference.Length > 0 ? ", the reference outlined" : "")}</text>");
        for (int bar = 0; bar < Bars; bar++)
        {
            double x = X(from + (to - from) * bar / Bars), wide = (width - 2.0 * left) / Bars;
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Y(shares[bar]):0.#}\" width=\"{wide - 1:0.#}\" height=\"{height - bottom - Y(shares[bar]):0.#}\" fill=\"#4a7fb5\"/>");
            if (reference.Length > 0)
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Y(normal[bar]):0.#}\" width=\"{wide - 1:0.#}\" height=\"{height - bottom - Y(normal[bar]):0.#}\" fill=\"none\" stroke=\"#888\"/>");
        }
        if (trait.Flags is { } rule)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(rule.Threshold):0.#}\" x2=\"{X(rule.Threshold):0.#}\" y1=\"{top}\" y2=\"{height - bottom}\" stroke=\"#d9822b\" stroke-width=\"2\"/>");
        return svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{height - 8}\">{from:0.##}</text><text x=\"{width - left}\" y=\"{height - 8}\" class=\"end\">{to:0.##}</text></svg>").ToString();
    }

    private static double[] Shares(double[] values, double from, double to)
    {
        var shares = new double[Bars];
        foreach (double value in values)
            shares[Math.Min(Bars - 1, (int)((value - from) / (to - from) * Bars))] += 1.0 / values.Length;
        return shares;
    }

    private static string Rows(TraitSummary trait, IReadOnlyList<ExplainedRow> explained)
    {
        bool hasLatents = explained.Any(row => row.Latents.Count > 0);
        var table = new StringBuilder($"<table><tr><th>line</th><th>difference</th><th>asked</th><th>answer</th><th>the model's own</th>{(hasLatents ? "<th>latents</th>" : "")}</tr>\n");
        foreach (var row in explained)
        {
            table.Append(CultureInfo.InvariantCulture, $"<tr{(row.Difference > trait.Flags?.Threshold ? " class=\"flagged\"" : "")}><td class=\"number\">{row.Line}</td><td class=\"number\">{row.Difference:0.###}</td><td>{Text(row.Question)}</td><td class=\"answer\">{Text(row.Answer)}</td><td class=\"answer\">{Text(row.OwnAnswer)}</td>");
            if (hasLatents)
                table.Append(CultureInfo.InvariantCulture, $"<td>{string.Join("<br/>", row.Latents.Select(share => string.Create(CultureInfo.InvariantCulture, $"{share.Latent}: {share.Contribution:+0.###;-0.###}")))}</td>");
            table.Append("</tr>\n");
        }
        return table.Append("</table>\n").ToString();
    }

    private static string Problems(IReadOnlyList<DataProblem> problems)
    {
        if (problems.Count == 0)
            return "";
        var list = new StringBuilder();
        list.Append(CultureInfo.InvariantCulture, $"<h2>Rows without scores</h2>\n<p>{problems.Count}: {Text(problems.Counts())}. The file of scores names all.</p>\n<ul>");
        foreach (var problem in problems.Take(ProblemsShown))
            list.Append(CultureInfo.InvariantCulture, $"<li>line {problem.Line}: {Text(problem.Reason)}</li>");
        return list.Append("</ul>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
