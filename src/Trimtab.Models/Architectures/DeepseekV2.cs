using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>
/// DeepSeek-V2 and V2-Lite (arXiv 2405.04434): latent attention; after some dense layers, routed and shared experts. Under YaRN the score scale carries the
/// squared temperature that the published checkpoints were trained with, as in DeepSeek's own code; the transformers library leaves it out.
/// </summary>
[Architecture("DeepseekV2ForCausalLM")]
public sealed class DeepseekV2 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DeepseekStyle.ReadConfig(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        config.Require("scoring_func", "\"softmax\"", "DeepSeek-V2 routes by softmax");
        string method = config.Text("topk_method", "greedy");
        if (method is not ("greedy" or "group_limited_greedy"))
            throw config.Bad("topk_method", "known methods are greedy and group_limited_greedy");
        int experts = config.Size("n_routed_experts");
        var (groups, groupsPerToken) = ExpertConfig.Groups(config, experts, scoresPerGroup: 1);
        var routing = new Routing
        {
            ExpertsPerToken = ExpertConfig.PerToken(config, experts),
            Scale = (float)config.Number("routed_scaling_factor", 1),
            // DeepSeek's code normalises without scaling; no published checkpoint asks for it.
            Normalise = config.Flag("norm_topk_prob", false) ? throw config.Bad("norm_topk_prob", "only false is supported for DeepSeek-V2") : false,
            Groups = method == "greedy" ? 1 : groups,
            GroupsPerToken = groupsPerToken,
            ScoresPerGroup = 1,
        };
        return DeepseekStyle.Decoder(config, sizes, weights, experts, _ => routing);
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("deepseek2", "deepseek_v2")
    {
        Recognises = file => file.Count("expert_gating_func", 1) != DeepseekStyle.SigmoidGating,
        Fields =
        [
            .. DeepseekStyle.GgufStatements,
            new(import =>
                {
                    import.Metadata.Require("expert_gating_func", DeepseekStyle.SoftmaxGating, "DeepSeek-V2 routes by softmax");
                    import.Config["topk_method"] = import.Config["n_group"]!.GetValue<int>() > 1 ? "group_limited_greedy" : "greedy";
                },
                export =>
                {
                    export.Put("expert_gating_func", DeepseekStyle.SoftmaxGating);
                    if (export.Config.Size("n_group", 1) > 1)
                        export.Notes.Add("deepseek2.expert_group_count: llama.cpp ranks a group by its two best experts, where DeepSeek-V2 takes the best one.");
                }),
        ],
        Tensors = DeepseekStyle.GgufTensorRules,
    };
}
