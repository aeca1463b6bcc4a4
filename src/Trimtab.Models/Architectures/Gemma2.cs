using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>
/// Gemma 2 (arXiv 2408.00118): norms before and after both halves, windows on every other layer, soft-capped scores and logits, √D on the embeddings, norm
/// weights stored as the distance from 1.
/// </summary>
[Architecture("Gemma2ForCausalLM")]
public sealed class Gemma2 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => GemmaStyle.ReadConfig(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        // Some published files state the window under two keys.
        config.Require("sliding_window_size", config.Node("sliding_window")?.ToJsonString() ?? "null", "it must equal sliding_window");
        var windows = LayerWindows.Read(config, sizes.LayerCount, slides: layer => layer % 2 == 0);
        var shape = GemmaStyle.AttentionShape(config, sizes);
        bool bias = config.Flag("attention_bias", false);
        var decoder = LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var attention = block.Scope("self_attn");
            return GemmaStyle.Block(layer, sizes, block, new Attention
            {
                QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes, bias),
                Output = LlamaStyle.Output(attention, sizes, bias),
                Shape = shape with { Window = windows(layer) },
                Rotary = rotary,
            });
        }, plusOneNorm: true);
        return GemmaStyle.Ends(decoder, config, sizes);
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("gemma2", "gemma2")
    {
        Activation = Activation.GeluTanh,
        Fields =
        [
            .. GgufFields.Decoder, GgufFields.Shown("attention_bias", "blk.0.attn_q.bias"), GgufRotary.Field(), GgufFields.Windows(slides: layer => layer % 2 == 0, fallback: 4096, readByOthers: true),
            // 46 blocks are the 27B model, whose scale follows from the width; the fallbacks are those of files from before the keys.
            GemmaStyle.GemmaScale(widthScaledBlocks: 46), GemmaStyle.SoftCap("attn_logit_softcapping", fallback: 50), GemmaStyle.SoftCap("final_logit_softcapping", fallback: 30),
        ],
        Tensors = GemmaStyle.GgufTensorRules,
    };
}
