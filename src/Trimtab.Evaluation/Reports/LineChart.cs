using System.Globalization;
using System.Net;
using System.Text;

namespace Trimtab.Evaluation.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, from left to right.</param>
public sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Whether its points are single cases, drawn as marks that nothing joins.</summary>
    public bool IsMarks { get; init; }
}

/// <summary>A chart of lines or marks over a common axis, as SVG.</summary>
/// <param name="Title">Above it.</param>
/// <param name="XTitle">What the horizontal axis is.</param>
/// <param name="YMaximum">Where the vertical axis ends.</param>
/// <param name="Lines">The lines.</param>
public sealed record LineChart(string Title, string XTitle, double YMaximum, IReadOnlyList<ChartLine> Lines)
{
    private const int Plot = 324, Height = 280, Left = 44, LeastLegend = 92, Top = 30, Bottom = 40, MostTicks = 8, Letter = 6;

    // What a page says of its charts, for one that stands alone.
    private const string Style = "text { font: 11px system-ui, sans-serif; fill: #555 } .title { font-size: 13px; font-weight: 600 } .end { text-anchor: end } .middle { text-anchor: middle } .grid { stroke: #d8d8d8 }";

    /// <summary>Where the vertical axis begins.</summary>
    public double YMinimum { get; init; }

    /// <summary>The SVG element, for a page whose style knows charts.</summary>
    public string ToSvg() => Svg("", "");

    /// <summary>A file of its own.</summary>
    public string ToFile() => Svg(" xmlns=\"http://www.w3.org/2000/svg\"", $"<style>{Style}</style>");

    // The legend's names stand behind the plot, and an image is cut where it ends.
    private int Legend => Math.Max(LeastLegend, 16 + Letter * Lines.Select(line => line.Name.Length).DefaultIfEmpty(0).Max());

    private string Svg(string attributes, string style)
    {
        double[] xs = [.. Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order()];
        double from = xs.FirstOrDefault(), to = Math.Max(xs.LastOrDefault(), from + 1e-9);
        // Many values of their own are no ticks to read.
        double[] ticks = xs.Length <= MostTicks ? xs : [.. Enumerable.Range(0, 5).Select(tick => from + (to - from) * tick / 4)];
        string X(double x) => Number(Left + (x - from) / (to - from) * Plot);
        string Y(double y) => Number(Height - Bottom - Math.Clamp((y - YMinimum) / (YMaximum - YMinimum), 0, 1) * (Height - Top - Bottom));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg{attributes} viewBox=\"0 0 {Left + Plot + Legend} {Height}\" role=\"img\">{style}<text x=\"{Left}\" y=\"16\" class=\"title\">{Text(Title)}</text>");
        for (int tick = 0; tick <= 4; tick++)
        {
            double value = YMinimum + (YMaximum - YMinimum) * tick / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + Plot}\" y1=\"{Y(value)}\" y2=\"{Y(value)}\" class=\"grid\"/><text x=\"{Left - 6}\" y=\"{Y(value)}\" dy=\"4\" class=\"end\">{value:0.##}</text>");
        }
        foreach (double x in ticks)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(x)}\" y=\"{Height - Bottom + 16}\" class=\"middle\">{x:0.##}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Plot / 2}\" y=\"{Height - 6}\" class=\"middle\">{Text(XTitle)}</text>");
        for (int i = 0; i < Lines.Count; i++)
        {
            svg.Append(Lines[i].IsMarks
                ? string.Concat(Lines[i].Points.Select(point => $"<circle cx=\"{X(point.X)}\" cy=\"{Y(point.Y)}\" r=\"3.5\" fill=\"{Colour(i)}\" fill-opacity=\"0.7\"/>"))
                : $"<polyline points=\"{string.Join(' ', Lines[i].Points.Select(point => $"{X(point.X)},{Y(point.Y)}"))}\" fill=\"none\" stroke=\"{Colour(i)}\" stroke-width=\"2\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Plot + 8}\" y=\"{Top + 14 * i + 4}\" fill=\"{Colour(i)}\">{Text(Lines[i].Name)}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    // From blue over green to red, so that neighbouring layers have neighbouring colours.
    private string Colour(int line) => string.Create(CultureInfo.InvariantCulture, $"hsl({220 - 220.0 * line / Math.Max(1, Lines.Count - 1):0} 65% 45%)");

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
