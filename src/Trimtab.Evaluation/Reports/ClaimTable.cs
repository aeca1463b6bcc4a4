using System.Globalization;
using System.Text;
using Trimtab.Evaluation.Studies;

namespace Trimtab.Evaluation.Reports;

/// <summary>Claims and what numbers say of them, as a section of a study's text.</summary>
internal static class ClaimTable
{
    /// <summary>Writes them.</summary>
    public static void Append(StringBuilder text, IReadOnlyList<Claim> claims)
    {
        text.AppendLine("## Claims").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"A comparison holds where the intervals are apart, and fails where they are apart the other way round. That nothing is lost holds where the difference's interval lies above −{Claim.Margin:0} points, and fails where it lies below. Two things go together from r = {Claim.LeastCorrelation:0.#} on, with an interval above 0.").AppendLine();
        text.AppendLine("| claim | by | here | numbers |").AppendLine("|---|---|---|---|");
        foreach (var claim in claims)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {claim.Statement} | {claim.Source} | {claim.Finding.ToString().ToLowerInvariant()} | {claim.Numbers} |");
        text.AppendLine();
    }
}
