using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>Hook points as keys of vector files: their order, and which of them are as wide as the residual stream.</summary>
internal static class VectorPoints
{
    /// <summary>Orders hook points as a pass meets them.</summary>
    public static (int Layer, Site Site) Depth(HookPoint point) =>
        (point.Site.IsOutsideBlocks() ? (point.Site == Site.Embed ? -1 : int.MaxValue) : point.Layer, point.Site);

    /// <summary>Whether the width is the model's hidden size.</summary>
    public static bool IsResidualWide(Site site) =>
        site is Site.Embed or Site.ResidPre or Site.AttnOut or Site.ResidMid or Site.MlpOut or Site.ResidPost or Site.FinalNorm;

    /// <summary>Reads the one text form; other spellings of the same point are refused, as one of two would win silently.</summary>
    public static HookPoint Parse(string text, string source)
    {
        try
        {
            var point = HookPoint.Parse(text);
            if (point.ToString() == text)
                return point;
        }
        catch (FormatException cause)
        {
            throw Unreadable(text, source, cause);
        }
        throw Unreadable(text, source, null);
    }

    private static VectorFormatException Unreadable(string text, string source, Exception? cause) =>
        new(source, "a hook point", $"'{text}'", "expected the form blocks.14.resid_post, or embed, final_norm, logits", cause);
}
