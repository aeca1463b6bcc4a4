using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>What the mixture-of-experts families read alike.</summary>
internal static class ExpertConfig
{
    /// <summary>num_experts_per_tok, checked against the number of experts.</summary>
    public static int PerToken(ConfigReader config, int experts)
    {
        int perToken = config.Size("num_experts_per_tok");
        return perToken <= experts ? perToken : throw config.Bad("num_experts_per_tok", $"there are only {experts} experts");
    }

    /// <summary>n_group and topk_group: into how many groups of equal size the experts fall, and from how many of them they are chosen.</summary>
    public static (int Groups, int PerToken) Groups(ConfigReader config, int experts, int scoresPerGroup)
    {
        int groups = config.Size("n_group", 1), perToken = config.Size("topk_group", 1);
        if (experts % groups != 0 || experts / groups < scoresPerGroup)
            throw config.Bad("n_group", $"{experts} experts must fall into groups of equal size, of {scoresPerGroup} or more");
        return perToken <= groups ? (groups, perToken) : throw config.Bad("topk_group", $"there are only {groups} groups");
    }

    /// <summary>The experts of `experts.N`, each with gate, up and down projection.</summary>
    public static GatedMlp[] Experts(WeightReader mlp, int count, DecoderConfig sizes, int hidden) =>
        [.. Enumerable.Range(0, count).Select(e => mlp.Scope("experts", e).GatedMlp(sizes.HiddenSize, hidden, sizes.Activation))];

    /// <summary>Qwen's rule for which layers have experts: every decoder_sparse_step-th, but none of mlp_only_layers.</summary>
    public static Func<int, bool> SparseLayers(ConfigReader config)
    {
        int step = config.Size("decoder_sparse_step", 1);
        int[] dense = config.Ints("mlp_only_layers");
        return layer => (layer + 1) % step == 0 && !dense.Contains(layer);
    }
}
