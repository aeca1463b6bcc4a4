using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Qwen2 and Qwen2.5 (Yang et al. 2024): Llama with biases on queries, keys and values; a window only where the configuration switches it on.</summary>
[Architecture("Qwen2ForCausalLM")]
public sealed class Qwen2 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = QwenWindows.Read(config, sizes.LayerCount);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) => LlamaStyle.Block(layer, sizes, block,
            LlamaStyle.Attention(sizes, block.Scope("self_attn"), rotary, windows(layer), bias: true),
            block.Scope("mlp").GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation)));
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("qwen2", "qwen2")
    {
        Fields = [.. GgufFields.Decoder, GgufRotary.Field(), QwenWindows.Gguf],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.Attention, .. GgufTensors.FeedForward],
    };
}
