using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Qwen1.5-MoE and Qwen2-MoE (arXiv 2407.10671): Qwen2 with experts, a shared expert scaled by a gate of its own, and dense layers among the sparse ones.</summary>
[Architecture("Qwen2MoeForCausalLM")]
public sealed class Qwen2Moe : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = QwenWindows.Read(config, sizes.LayerCount);
        bool bias = config.Flag("qkv_bias", true);
        int experts = config.Size("num_experts");
        var routing = new Routing { ExpertsPerToken = ExpertConfig.PerToken(config, experts), Normalise = config.Flag("norm_topk_prob", false) };
        int expertSize = config.Size("moe_intermediate_size"), sharedSize = config.Size("shared_expert_intermediate_size");
        var isSparse = ExpertConfig.SparseLayers(config);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var mlp = block.Scope("mlp");
            return LlamaStyle.Block(layer, sizes, block,
                LlamaStyle.Attention(sizes, block.Scope("self_attn"), rotary, windows(layer), bias),
                isSparse(layer)
                    ? new MixtureOfExperts(mlp.Router("gate", experts, sizes.HiddenSize), routing, ExpertConfig.Experts(mlp, experts, sizes, expertSize),
                        mlp.Scope("shared_expert").GatedMlp(sizes.HiddenSize, sharedSize, sizes.Activation), mlp.Router("shared_expert_gate", 1, sizes.HiddenSize))
                    : mlp.GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation));
        });
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("qwen2moe", "qwen2_moe")
    {
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), QwenWindows.Gguf, GgufFields.Shown("qkv_bias", "blk.0.attn_q.bias"),
            GgufExperts.Count("num_experts"), GgufExperts.HiddenSize, GgufExperts.SharedHiddenSize, GgufExperts.Normalised(implied: false),
            .. GgufExperts.PlainSoftmax, GgufExperts.DenseLayers,
        ],
        Tensors =
        [
            .. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.Attention, .. GgufTensors.Experts(), .. GgufTensors.SharedExpert("mlp.shared_expert"),
            new SingleRowTensor($"{GgufTensors.Block}ffn_gate_inp_shexp.weight", $"{GgufTensors.Layer}mlp.shared_expert_gate.weight"),
            .. GgufTensors.FeedForward,
        ],
    };
}
