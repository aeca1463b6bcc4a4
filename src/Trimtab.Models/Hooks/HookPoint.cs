using System.Globalization;

namespace Trimtab.Models.Hooks;

/// <summary>
/// A site of one block, or of the model as a whole. The one text form is `blocks.14.resid_post`, or `embed`, `final_norm`, `logits`. Layers count from 0:
/// `blocks.l.resid_post` is the output of block l, and the embeddings are <see cref="Embed"/>, never a layer.
/// </summary>
public readonly record struct HookPoint
{
    /// <summary>The layer number of sites that belong to no block.</summary>
    public const int NoLayer = -1;

    // Stored one higher, so that the default value is the embedding, a hook point that exists.
    private readonly int _layerAfter;

    /// <summary>A site of block <paramref name="layer"/>; for sites outside the blocks leave the layer away.</summary>
    /// <exception cref="ArgumentException">The layer is missing, or given where there is none.</exception>
    public HookPoint(Site site, int layer = NoLayer)
    {
        if (site.IsOutsideBlocks() != (layer == NoLayer) || layer < NoLayer)
            throw new ArgumentException($"Hook point: layer {layer} does not fit the site {site.Name()} — {(site.IsOutsideBlocks() ? "it belongs to no block" : "layers count from 0")}.", nameof(layer));
        (Site, _layerAfter) = (site, layer + 1);
    }

    /// <summary>The site.</summary>
    public Site Site { get; }

    /// <summary>The block, from 0, or <see cref="NoLayer"/>.</summary>
    public int Layer => _layerAfter - 1;

    /// <summary>The embedding output.</summary>
    public static HookPoint Embed { get; } = new(Site.Embed);

    /// <summary>The residual stream after the final norm.</summary>
    public static HookPoint FinalNorm { get; } = new(Site.FinalNorm);

    /// <summary>The logits.</summary>
    public static HookPoint Logits { get; } = new(Site.Logits);

    /// <summary>The output of block <paramref name="layer"/>.</summary>
    public static HookPoint ResidPost(int layer) => new(Site.ResidPost, layer);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a hook point.</exception>
    public static HookPoint Parse(string text)
    {
        string[] parts = text.Split('.');
        if (parts.Length == 3 && parts[0] == "blocks" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
        {
            var site = Sites.Parse(parts[2]);
            if (!site.IsOutsideBlocks())
                return new HookPoint(site, layer);
        }
        else if (parts.Length == 1 && Sites.Parse(parts[0]) is var site && site.IsOutsideBlocks())
        {
            return new HookPoint(site);
        }
        throw new FormatException($"Hook point: '{text}' is not understood. Write blocks.L.SITE with L from 0, such as blocks.14.resid_post, or embed, final_norm, logits.");
    }

    /// <summary>The text form.</summary>
    public override string ToString() => Site.IsOutsideBlocks() ? Site.Name() : string.Create(CultureInfo.InvariantCulture, $"blocks.{Layer}.{Site.Name()}");
}
