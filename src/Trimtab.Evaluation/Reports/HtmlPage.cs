using System.Net;

namespace Trimtab.Evaluation.Reports;

/// <summary>The frame of all pages: one file, no scripts, nothing loaded, light and dark.</summary>
internal static class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
        h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
        table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
        td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        .charts { display: flex; flex-wrap: wrap; gap: 1rem } .charts svg { flex: 1 1 440px }
        svg text { font: 11px system-ui, sans-serif; fill: #444 } svg text.title { font-size: 13px; font-weight: 600 } svg .end { text-anchor: end } svg .middle { text-anchor: middle } svg .grid { stroke: #e4e4e4 }
        @media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } th, td { border-color: #333 } svg text { fill: #bbb } svg .grid { stroke: #2c2f36 } }
        """;

    /// <summary>A page.</summary>
    /// <param name="title">Its title and headline, as text.</param>
    /// <param name="style">What its style adds.</param>
    /// <param name="body">What stands under the headline, as HTML.</param>
    public static string Of(string title, string style, string body) =>
        $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{WebUtility.HtmlEncode(title)}</title><style>{Style}{style}</style></head><body>\n<h1>{WebUtility.HtmlEncode(title)}</h1>\n{body}</body></html>\n";
}
