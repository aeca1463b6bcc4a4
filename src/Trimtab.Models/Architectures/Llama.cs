using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Llama 1 to 3.3 (Touvron et al. 2023): pre-norm blocks, rotary positions, grouped heads, SwiGLU.</summary>
[Architecture("LlamaForCausalLM")]
public sealed class Llama : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        bool attentionBias = config.Flag("attention_bias", false), mlpBias = config.Flag("mlp_bias", false);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var attention = block.Scope("self_attn");
            return LlamaStyle.Block(layer, sizes, block,
                new Attention
                {
                    QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes, attentionBias),
                    Output = LlamaStyle.Output(attention, sizes, attentionBias),
                    Shape = sizes.AttentionShape(),
                    Rotary = rotary,
                },
                block.Scope("mlp").GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation, mlpBias));
        });
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("llama", "llama")
    {
        Recognises = file => file.Count("expert_count", 0) == 0 && file.Count("attention.sliding_window", 0) == 0,
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), GgufFields.Fixed("expert_used_count", 0, "there are no experts"),
            GgufFields.Shown("attention_bias", "blk.0.attn_q.bias"), GgufFields.Shown("mlp_bias", "blk.0.ffn_up.bias"),
        ],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.InterleavedAttention, .. GgufTensors.FeedForward],
    };
}
