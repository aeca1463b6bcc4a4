using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Qwen3-MoE (arXiv 2505.09388): Qwen3's attention with experts, without a shared one.</summary>
[Architecture("Qwen3MoeForCausalLM")]
public sealed class Qwen3Moe : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = QwenWindows.Read(config, sizes.LayerCount);
        bool bias = config.Flag("attention_bias", false);
        int experts = config.Size("num_experts"), expertSize = config.Size("moe_intermediate_size");
        var routing = new Routing { ExpertsPerToken = ExpertConfig.PerToken(config, experts), Normalise = config.Flag("norm_topk_prob", false) };
        var isSparse = ExpertConfig.SparseLayers(config);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var mlp = block.Scope("mlp");
            return LlamaStyle.Block(layer, sizes, block,
                Qwen3.Attention(sizes, block.Scope("self_attn"), rotary, windows(layer), bias),
                isSparse(layer)
                    ? new MixtureOfExperts(mlp.Router("gate", experts, sizes.HiddenSize), routing, ExpertConfig.Experts(mlp, experts, sizes, expertSize))
                    : mlp.GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation));
        });
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("qwen3moe", "qwen3_moe")
    {
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), QwenWindows.Gguf, GgufFields.Shown("attention_bias", "blk.0.attn_q.bias"),
            GgufExperts.Count("num_experts"), GgufExperts.HiddenSize, GgufExperts.Normalised(implied: true), .. GgufExperts.PlainSoftmax, GgufExperts.DenseLayers,
        ],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.Attention, .. GgufTensors.HeadNorms, .. GgufTensors.Experts(), .. GgufTensors.FeedForward],
    };
}
