using System.Globalization;
using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>
/// DeepSeek-V3 and R1 (arXiv 2412.19437): as V2, but experts are scored by sigmoid, chosen with a correction bias that the weights do not see, from the
/// groups with the best two scores.
/// </summary>
[Architecture("DeepseekV3ForCausalLM")]
public sealed class DeepseekV3 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DeepseekStyle.ReadConfig(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        config.Require("scoring_func", "\"sigmoid\"", "DeepSeek-V3 routes by sigmoid");
        config.Require("topk_method", "\"noaux_tc\"", "DeepSeek-V3 chooses with a correction bias");
        config.Require("rope_interleave", "true", "DeepSeek turns neighbouring values");
        int experts = config.Size("n_routed_experts");
        var (groups, groupsPerToken) = ExpertConfig.Groups(config, experts, scoresPerGroup: 2);
        var routing = new Routing
        {
            ExpertsPerToken = ExpertConfig.PerToken(config, experts),
            Sigmoid = true,
            Normalise = config.Flag("norm_topk_prob", true),
            Scale = (float)config.Number("routed_scaling_factor", 1),
            Groups = groups,
            GroupsPerToken = groupsPerToken,
            ScoresPerGroup = 2,
        };
        return DeepseekStyle.Decoder(config, sizes, weights, experts, mlp => routing with { CorrectionBias = mlp.Vector("gate.e_score_correction_bias", experts) });
    }

    /// <summary>The checkpoints carry one more block, for predicting two tokens at once; it is no part of the model proper.</summary>
    public override bool MayIgnore(string tensor, DecoderConfig sizes) => base.MayIgnore(tensor, sizes)
        || tensor.StartsWith(string.Create(CultureInfo.InvariantCulture, $"model.layers.{sizes.LayerCount}."), StringComparison.Ordinal);

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("deepseek2", "deepseek_v3")
    {
        Recognises = file => file.Count("expert_gating_func", 1) == DeepseekStyle.SigmoidGating,
        Fields =
        [
            .. DeepseekStyle.GgufStatements,
            new(import => (import.Config["scoring_func"], import.Config["topk_method"]) = ("sigmoid", "noaux_tc"), export => export.Put("expert_gating_func", DeepseekStyle.SigmoidGating)),
        ],
        Tensors =
        [
            .. DeepseekStyle.GgufTensorRules,
            new SameTensor($"{GgufTensors.Block}exp_probs_b.bias", $"{GgufTensors.Layer}mlp.gate.e_score_correction_bias"),
        ],
    };
}
