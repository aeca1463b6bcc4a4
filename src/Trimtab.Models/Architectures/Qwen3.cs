using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Qwen3 (Yang et al. 2025): no biases; each query and key head is normed before rotation; the head size is its own.</summary>
[Architecture("Qwen3ForCausalLM")]
public sealed class Qwen3 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = QwenWindows.Read(config, sizes.LayerCount);
        bool bias = config.Flag("attention_bias", false);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) => LlamaStyle.Block(layer, sizes, block,
            Attention(sizes, block.Scope("self_attn"), rotary, windows(layer), bias),
            block.Scope("mlp").GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation)));
    }

    /// <summary>The attention that Qwen3 and its mixture-of-experts form share.</summary>
    internal static Attention Attention(DecoderConfig sizes, WeightReader attention, RotaryEmbedding rotary, int window, bool bias) => new()
    {
        QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes, bias),
        QueryNorm = attention.RmsNorm("q_norm", sizes.HeadSize, sizes.NormEps),
        KeyNorm = attention.RmsNorm("k_norm", sizes.HeadSize, sizes.NormEps),
        Output = LlamaStyle.Output(attention, sizes, bias),
        Shape = sizes.AttentionShape(window),
        Rotary = rotary,
    };

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("qwen3", "qwen3")
    {
        Fields = [.. GgufFields.Decoder, GgufRotary.Field(), QwenWindows.Gguf, GgufFields.Shown("attention_bias", "blk.0.attn_q.bias")],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.Attention, .. GgufTensors.HeadNorms, .. GgufTensors.FeedForward],
    };
}
