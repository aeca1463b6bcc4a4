using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>
/// Phi-3, Phi-3.5-mini and Phi-4-mini (arXiv 2404.14219): Llama with queries, keys and values in one weight, gate and up in another, and LongRoPE; Phi-4-mini turns
/// only part of each head.
/// </summary>
[Architecture("Phi3ForCausalLM")]
public sealed class Phi3 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.PartialEmbedding(config, sizes, defaultBase: 10_000, defaultFraction: 1);
        var windows = LayerWindows.Read(config, sizes.LayerCount, slides: _ => true);
        foreach (string key in (string[])["attention_bias", "mlp_bias", "lm_head_bias"])
            config.Require(key, "false", "no published Phi-3 or Phi-4-mini has such a bias");
        foreach (string key in (string[])["interpolate_factor", "full_attn_mod"])
            config.Require(key, "1", "1 switches the feature off");
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) => LlamaStyle.Block(layer, sizes, block,
            new Attention
            {
                QueryKeyValue = QueryKeyValue(sizes, block.Scope("self_attn")),
                Output = LlamaStyle.Output(block.Scope("self_attn"), sizes),
                Shape = sizes.AttentionShape(windows(layer)),
                Rotary = rotary,
            },
            FeedForward(sizes, block.Scope("mlp"))));
    }

    private static SeparateQueryKeyValue QueryKeyValue(DecoderConfig sizes, WeightReader attention)
    {
        long queryWidth = (long)sizes.HeadCount * sizes.HeadSize, keyWidth = (long)sizes.KeyHeadCount * sizes.HeadSize;
        var all = attention.Linear("qkv_proj", queryWidth + 2 * keyWidth, sizes.HiddenSize);
        // The tensor exists, so its parts can be counted.
        int queries = (int)queryWidth, keys = (int)keyWidth;
        return new(all.Outputs(0, queries), all.Outputs(queries, keys), all.Outputs(queries + keys, keys));
    }

    private static GatedMlp FeedForward(DecoderConfig sizes, WeightReader mlp)
    {
        var both = mlp.Linear("gate_up_proj", 2 * sizes.IntermediateSize, sizes.HiddenSize);
        return new(both.Outputs(0, sizes.IntermediateSize), both.Outputs(sizes.IntermediateSize, sizes.IntermediateSize),
            mlp.Linear("down_proj", sizes.HiddenSize, sizes.IntermediateSize), sizes.Activation);
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("phi3", "phi3")
    {
        Fields = [.. GgufFields.Decoder, GgufRotary.Field(partial: "partial_rotary_factor"), GgufFields.Windows(slides: _ => true)],
        Tensors =
        [
            .. GgufTensors.Ends, .. GgufTensors.Norms, GgufTensors.In("attn_qkv.weight", "self_attn.qkv_proj.weight"), .. GgufTensors.Linear("attn_output", "self_attn.o_proj"),
            GgufTensors.In("ffn_up.weight", "mlp.gate_up_proj.weight"), .. GgufTensors.Linear("ffn_down", "mlp.down_proj"),
        ],
    };
}
