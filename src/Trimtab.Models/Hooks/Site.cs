namespace Trimtab.Models.Hooks;

/// <summary>
/// The places of a transformer that can be read and changed. The contract holds bit for bit on every architecture: <see cref="AttnOut"/> and
/// <see cref="MlpOut"/> are exactly what is added to the residual stream (after any post-norm); ResidMid = ResidPre + AttnOut; ResidPost = ResidMid + MlpOut (parallel
/// blocks: ResidPre + AttnOut + MlpOut, summed from the left, without a ResidMid); ResidPre of block l + 1 = ResidPost of block l. T counts the rows of the pass.
/// </summary>
public enum Site
{
    /// <summary>The embedding output, scaled and with positions added where the architecture does so: [T, D]. Belongs to no block.</summary>
    Embed,
    /// <summary>The residual stream that enters a block: [T, D].</summary>
    ResidPre,
    /// <summary>The heads' outputs side by side, before the output projection: [T, H·Ev].</summary>
    AttnHeads,
    /// <summary>The attention probabilities: [T, H·keys], zero for keys that are not seen. On demand.</summary>
    AttnPattern,
    /// <summary>What attention adds to the residual stream: [T, D].</summary>
    AttnOut,
    /// <summary>The residual stream between attention and feed-forward: [T, D]. Parallel blocks have none.</summary>
    ResidMid,
    /// <summary>The hidden layer of a dense feed-forward, after activation and gating: [T, M].</summary>
    MlpHidden,
    /// <summary>What the feed-forward (all experts together) adds to the residual stream: [T, D].</summary>
    MlpOut,
    /// <summary>The router's logits: [T, experts]. Mixture-of-experts blocks only.</summary>
    RouterLogits,
    /// <summary>The weights that the experts' outputs are multiplied with, 0 for experts not chosen: [T, experts]. Mixture-of-experts blocks only.</summary>
    RouterWeights,
    /// <summary>The residual stream that leaves a block: [T, D].</summary>
    ResidPost,
    /// <summary>The residual stream after the final norm: [T, D]. Belongs to no block.</summary>
    FinalNorm,
    /// <summary>The logits, soft-capped where the architecture does so: [rows asked for, V]. Belongs to no block.</summary>
    Logits,
}

/// <summary>The text form of the sites.</summary>
public static class Sites
{
    private static readonly (Site Site, string Name)[] Names =
    [
        (Site.Embed, "embed"), (Site.ResidPre, "resid_pre"), (Site.AttnHeads, "attn_heads"), (Site.AttnPattern, "attn_pattern"), (Site.AttnOut, "attn_out"),
        (Site.ResidMid, "resid_mid"), (Site.MlpHidden, "mlp_hidden"), (Site.MlpOut, "mlp_out"), (Site.RouterLogits, "router_logits"),
        (Site.RouterWeights, "router_weights"), (Site.ResidPost, "resid_post"), (Site.FinalNorm, "final_norm"), (Site.Logits, "logits"),
    ];

    /// <summary>How many sites there are.</summary>
    public const int Count = 13;

    /// <summary>The name in snake case, as plan files and commands write it.</summary>
    public static string Name(this Site site) => Names[(int)site].Name;

    /// <summary>True for the sites that exist once in a model rather than once in each block.</summary>
    public static bool IsOutsideBlocks(this Site site) => site is Site.Embed or Site.FinalNorm or Site.Logits;

    /// <summary>The site of a name.</summary>
    /// <exception cref="FormatException">There is no such site.</exception>
    public static Site Parse(string name)
    {
        foreach (var (site, known) in Names)
            if (known == name)
                return site;
        throw new FormatException($"Hook point: there is no site '{name}'. The sites are {string.Join(", ", Names.Select(n => n.Name))}.");
    }
}
