using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Mistral 7B and Nemo (Jiang et al. 2023): Llama with a sliding window on every layer (7B v0.1) and an explicit head size (Nemo).</summary>
[Architecture("MistralForCausalLM")]
public sealed class Mistral : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = LayerWindows.Read(config, sizes.LayerCount, slides: _ => true);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) => LlamaStyle.Block(layer, sizes, block,
            LlamaStyle.Attention(sizes, block.Scope("self_attn"), rotary, windows(layer)),
            block.Scope("mlp").GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation)));
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("llama", "mistral")
    {
        // Without a window the file cannot be told from Llama's, and computes the same.
        Recognises = file => file.Count("expert_count", 0) == 0 && file.Count("attention.sliding_window", 0) > 0,
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), GgufFields.Windows(slides: _ => true), GgufFields.Fixed("expert_used_count", 0, "there are no experts"),
        ],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.InterleavedAttention, .. GgufTensors.FeedForward],
    };
}
