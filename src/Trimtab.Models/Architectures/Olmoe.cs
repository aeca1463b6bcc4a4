using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>OLMoE (arXiv 2409.02060): experts on every layer, norms over the whole query and key rows rather than over each head.</summary>
[Architecture("OlmoeForCausalLM")]
public sealed class Olmoe : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        bool bias = config.Flag("attention_bias", false);
        float clip = (float)config.Number("clip_qkv", 0);
        int experts = config.Size("num_experts");
        var routing = new Routing { ExpertsPerToken = ExpertConfig.PerToken(config, experts), Normalise = config.Flag("norm_topk_prob", false) };
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var (attention, mlp) = (block.Scope("self_attn"), block.Scope("mlp"));
            return LlamaStyle.Block(layer, sizes, block,
                new Attention
                {
                    QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes, bias),
                    QueryNorm = attention.RmsNorm("q_norm", (long)sizes.HeadCount * sizes.HeadSize, sizes.NormEps),
                    KeyNorm = attention.RmsNorm("k_norm", (long)sizes.KeyHeadCount * sizes.HeadSize, sizes.NormEps),
                    Clip = clip,
                    Output = LlamaStyle.Output(attention, sizes, bias),
                    Shape = sizes.AttentionShape(),
                    Rotary = rotary,
                },
                new MixtureOfExperts(mlp.Router("gate", experts, sizes.HiddenSize), routing, ExpertConfig.Experts(mlp, experts, sizes, sizes.IntermediateSize)));
        });
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("olmoe", "olmoe")
    {
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), GgufFields.Shown("attention_bias", "blk.0.attn_q.bias"), Clip,
            GgufExperts.Count("num_experts"), GgufExperts.Normalised(implied: false), .. GgufExperts.PlainSoftmax,
        ],
        Tensors = [.. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.Attention, .. GgufTensors.HeadNorms, .. GgufTensors.Experts()],
    };

    private static GgufField Clip => new(
        import =>
        {
            if (import.Metadata.Number("attention.clamp_kqv", 0) is > 0 and var clip)
                import.Config["clip_qkv"] = clip;
        },
        export =>
        {
            if (export.Config.Number("clip_qkv", 0) is not (> 0 and var clip))
                return;
            export.Put("attention.clamp_kqv", clip);
            export.Notes.Add("olmoe.attention.clamp_kqv: llama.cpp does not clip queries, keys and values in this architecture.");
        });
}
