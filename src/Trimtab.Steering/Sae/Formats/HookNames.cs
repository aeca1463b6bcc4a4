using System.Globalization;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Sae;

/// <summary>
/// The names that other tools give to places of a model: those of TransformerLens (blocks.12.hook_resid_post), of Hugging Face modules with or without their input
/// and output (model.layers.12.output, layers.12.mlp), and of dictionary_learning (resid_post_layer_12). Places that none of them names are written, and read back, by our own names.
/// </summary>
internal static class HookNames
{
    private static readonly string[] Prefixes = ["model.language_model.", "language_model.", "model.", "transformer.", "gpt_neox."];

    // The number of the layer is written #.
    private static readonly Dictionary<string, Site> Places = new(StringComparer.Ordinal)
    {
        ["hook_embed"] = Site.Embed,
        ["blocks.#.hook_resid_pre"] = Site.ResidPre,
        ["blocks.#.hook_resid_mid"] = Site.ResidMid,
        ["blocks.#.hook_resid_post"] = Site.ResidPost,
        ["blocks.#.hook_attn_out"] = Site.AttnOut,
        ["blocks.#.hook_mlp_out"] = Site.MlpOut,
        ["blocks.#.attn.hook_z"] = Site.AttnHeads,
        ["blocks.#.mlp.hook_post"] = Site.MlpHidden,
        ["embed_tokens"] = Site.Embed,
        ["layers.#"] = Site.ResidPost,
        ["layers.#.output"] = Site.ResidPost,
        ["h.#"] = Site.ResidPost,
        ["h.#.output"] = Site.ResidPost,
        ["layers.#.mlp"] = Site.MlpOut,
        ["h.#.mlp"] = Site.MlpOut,
        ["layers.#.self_attn.o_proj.input"] = Site.AttnHeads,
        ["layers.#.post_feedforward_layernorm.output"] = Site.MlpOut,
        ["resid_pre_layer_#"] = Site.ResidPre,
        ["resid_post_layer_#"] = Site.ResidPost,
        ["attention_out_layer_#"] = Site.AttnOut,
        ["mlp_out_layer_#"] = Site.MlpOut,
    };

    // Ours, with which places are written that no other tool names.
    private static readonly Dictionary<string, Site> OwnPlaces =
        Enum.GetValues<Site>().ToDictionary(site => site.IsOutsideBlocks() ? site.Name() : $"blocks.#.{site.Name()}", StringComparer.Ordinal);

    private static readonly Dictionary<Site, string> TransformerLens =
        Places.Where(place => place.Key.Contains("hook_", StringComparison.Ordinal)).ToDictionary(place => place.Value, place => place.Key);

    /// <summary>The hook point that a name means; null where there is none, or nothing here is the same.</summary>
    public static HookPoint? Parse(string? name)
    {
        if (name is null)
            return null;
        string text = Short(name);
        string[] parts = text.Split('.', '_');
        int number = Array.FindIndex(parts, part => part.Length > 0 && part.All(char.IsAsciiDigit));
        if (number < 0)
            return TryFind(text, out var single) && single.IsOutsideBlocks() ? new HookPoint(single) : null;
        int at = parts.Take(number).Sum(part => part.Length + 1);
        string place = $"{text[..at]}#{text[(at + parts[number].Length)..]}";
        return TryFind(place, out var site) && int.TryParse(parts[number], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? new HookPoint(site, layer)
            : null;
    }

    /// <summary>The name of a hook point in TransformerLens, which SAELens uses; null where it has none.</summary>
    public static string? InTransformerLens(HookPoint? point) => point is { } at && TransformerLens.TryGetValue(at.Site, out string? name)
        ? name.Replace("#", at.Layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        : null;

    private static bool TryFind(string place, out Site site) => Places.TryGetValue(place, out site) || OwnPlaces.TryGetValue(place, out site);

    private static string Short(string name) => Prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } outer ? name[outer.Length..] : name;
}
