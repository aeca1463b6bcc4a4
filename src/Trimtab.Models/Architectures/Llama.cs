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
}
