using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>
/// Gemma 3, the text model (arXiv 2503.19786): as Gemma 2 with normed query and key heads, five windowed layers to each full one, and another rotary base
/// on the windowed layers.
/// </summary>
[Architecture("Gemma3ForCausalLM")]
public sealed class Gemma3 : Architecture
{
    private const int DefaultPattern = 6;

    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => GemmaStyle.ReadConfig(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var (fullScaling, localScaling) = Scalings(config, sizes);
        RotaryEmbedding full = new(fullScaling, sizes.HeadSize), local = new(localScaling, sizes.HeadSize);
        // Published files spell the period of full layers with and without an underscore.
        int pattern = config.Size("sliding_window_pattern", config.Size("_sliding_window_pattern", DefaultPattern));
        var windows = LayerWindows.Read(config, sizes.LayerCount, slides: layer => (layer + 1) % pattern != 0);
        var shape = GemmaStyle.AttentionShape(config, sizes);
        bool bias = config.Flag("attention_bias", false);
        config.Require("use_bidirectional_attention", "false", "this engine is causal");
        var decoder = LlamaStyle.Decoder(sizes, weights, [full, local], (layer, block) =>
        {
            var attention = block.Scope("self_attn");
            return GemmaStyle.Block(layer, sizes, block, new Attention
            {
                QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes, bias),
                QueryNorm = attention.RmsNorm("q_norm", sizes.HeadSize, sizes.NormEps, plusOne: true),
                KeyNorm = attention.RmsNorm("k_norm", sizes.HeadSize, sizes.NormEps, plusOne: true),
                Output = LlamaStyle.Output(attention, sizes, bias),
                Shape = shape with { Window = windows(layer) },
                Rotary = windows(layer) > 0 ? local : full,
            });
        }, plusOneNorm: true);
        return GemmaStyle.Ends(decoder, config, sizes);
    }

    // Newer files hold both rotary settings in rope_parameters, by layer type.
    private static (RotaryScaling Full, RotaryScaling Local) Scalings(ConfigReader config, DecoderConfig sizes)
    {
        double localBase = config.PositiveNumber("rope_local_base_freq", 10_000), fullBase = config.PositiveNumber("rope_theta", 1_000_000);
        if (sizes.HeadSize % 2 != 0)
            throw config.Bad(config.Has("head_dim") ? "head_dim" : "num_attention_heads", "the values of a head turn in pairs, so their number must be even");
        RotaryScaling full, local = new PlainRotary(localBase);
        if (config.Object("rope_parameters") is { } parameters && parameters.Object("full_attention") is { } fullParameters)
        {
            full = RotaryConfig.Read(fullParameters, fullParameters.PositiveNumber("rope_theta", fullBase), sizes.MaxPositions, null);
            fullParameters.RequireAllRead();
            if (parameters.Object("sliding_attention") is { } localParameters)
            {
                local = RotaryConfig.Read(localParameters, localParameters.PositiveNumber("rope_theta", localBase), sizes.MaxPositions, null);
                localParameters.RequireAllRead();
            }
            parameters.RequireAllRead();
        }
        else
        {
            full = RotaryConfig.Read(config, sizes.MaxPositions, fullBase);
        }
        return (full, local);
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("gemma3", "gemma3_text")
    {
        Activation = Activation.GeluTanh,
        Fields =
        [
            .. GgufFields.Decoder, GgufFields.Shown("attention_bias", "blk.0.attn_q.bias"), GgufRotaries, GgufFields.Windows(slides: layer => (layer + 1) % DefaultPattern != 0, readByOthers: true),
            // 62 blocks are the 27B model, whose scale follows from the width.
            GemmaStyle.GemmaScale(widthScaledBlocks: 62), GemmaStyle.SoftCap("attn_logit_softcapping", fallback: 0), GemmaStyle.SoftCap("final_logit_softcapping", fallback: 0),
        ],
        Tensors =
        [
            .. GemmaStyle.GgufTensorRules,
            new PlusOneTensor($"{GgufTensors.Block}attn_q_norm.weight", $"{GgufTensors.Layer}self_attn.q_norm.weight"),
            new PlusOneTensor($"{GgufTensors.Block}attn_k_norm.weight", $"{GgufTensors.Layer}self_attn.k_norm.weight"),
        ],
    };

    // Both bases; only the full layers are stretched.
    private static GgufField GgufRotaries => new(
        import =>
        {
            import.Config["rope_local_base_freq"] = import.Metadata.Number("rope.freq_base_swa", 10_000);
            GgufRotary.Field().Import(import);
        },
        export =>
        {
            var (full, local) = Scalings(export.Config, export.Sizes);
            export.Put("rope.dimension_count", export.Sizes.HeadSize);
            export.Put("rope.freq_base_swa", local is PlainRotary ? local.Base : throw export.Impossible("stretched rotary positions on windowed layers"));
            GgufRotary.ExportScaling(export, full);
        });
}
