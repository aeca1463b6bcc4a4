using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Steering.Sae;

namespace Trimtab.Evaluation.Reports;

/// <summary>Latents of a sparse autoencoder as one HTML page that needs no network: each with its strongest passages, in which the colour of a token says how strongly it fires, and the tokens that it raises and lowers.</summary>
public static class FeaturePage
{
    private const string Style = """
        section { border-top: 1px solid #8886; padding-top: .5rem; margin-top: 1.5rem } .passage { white-space: pre-wrap; margin: .3rem 0; padding-left: .6rem; border-left: 3px solid #d9822b55 }
        .passage span { border-radius: 3px } .tokens span { border: 1px solid #8886; border-radius: 3px; padding: 0 .3rem; margin-right: .3rem; white-space: pre }
        nav a { margin-right: .6rem; color: inherit }
        """;

    /// <summary>The page.</summary>
    /// <param name="profiles">The latents, in the order in which they are shown.</param>
    /// <param name="title">What they are: "latents of refusals at blocks.3.resid_post".</param>
    public static string ToHtml(this IReadOnlyList<FeatureProfile> profiles, string title)
    {
        var page = new StringBuilder();
        page.Append("<nav>");
        foreach (var profile in profiles)
            page.Append(CultureInfo.InvariantCulture, $"<a href=\"#latent{profile.Latent}\">{profile.Latent}</a>");
        page.Append("</nav>\n");
        foreach (var profile in profiles)
            Append(page, profile);
        return HtmlPage.Of(title, Style, page.ToString());
    }

    private static void Append(StringBuilder page, FeatureProfile profile)
    {
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"latent{profile.Latent}\"><h2>latent {profile.Latent}</h2>\n<p>Fires on {100 * profile.Density:0.###} % of the rows, {profile.MeanActivation:0.##} in the mean where it does.</p>\n");
        Append(page, "raises", profile.Raised);
        Append(page, "lowers", profile.Lowered);
        float largest = profile.Passages.Count > 0 ? profile.Passages[0].Activations[profile.Passages[0].Peak] : 1;
        foreach (var passage in profile.Passages)
        {
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"passage\" title=\"{passage.Activations[passage.Peak]:0.##}\">");
            for (int i = 0; i < passage.Tokens.Count; i++)
                page.Append(passage.Activations[i] > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"<span style=\"background:rgb(217 130 43/{Math.Min(1, passage.Activations[i] / largest):0.##})\" title=\"{passage.Activations[i]:0.##}\">{Text(passage.Tokens[i])}</span>")
                    : Text(passage.Tokens[i]));
            page.Append("</div>\n");
        }
        page.Append("</section>\n");
    }

    private static void Append(StringBuilder page, string verb, IReadOnlyList<TokenEffect> tokens)
    {
        if (tokens.Count == 0)
            return;
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"tokens\">{verb} ");
        foreach (var token in tokens)
            page.Append(CultureInfo.InvariantCulture, $"<span title=\"{token.Logit:0.##}\">{Text(token.Token)}</span>");
        page.Append("</p>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
