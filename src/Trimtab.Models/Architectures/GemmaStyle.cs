using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>What Gemma 2 and Gemma 3 share.</summary>
internal static class GemmaStyle
{
    /// <summary>The sizes; the nonlinearity has been spelled in two keys, of which `hidden_activation` counts.</summary>
    public static DecoderConfig ReadConfig(ConfigReader config)
    {
        var sizes = DecoderConfig.Read(config, tiedByDefault: true);
        return sizes with { Activation = DecoderConfig.ReadActivation(config, "hidden_activation", "gelu_pytorch_tanh") };
    }

    /// <summary>Scores are scaled by 1/√query_pre_attn_scalar, which need not be the head size.</summary>
    public static AttentionShape AttentionShape(ConfigReader config, DecoderConfig sizes) => sizes.AttentionShape() with
    {
        Scale = (float)(1 / Math.Sqrt(config.Number("query_pre_attn_scalar", sizes.HeadSize))),
        SoftCap = (float)config.Number("attn_logit_softcapping", 0),
    };

    /// <summary>The block of four norms.</summary>
    public static SequentialBlock Block(int layer, DecoderConfig sizes, WeightReader weights, IAttention attention)
    {
        RmsNorm Norm(string name) => weights.RmsNorm(name, sizes.HiddenSize, sizes.NormEps, plusOne: true);
        return new SequentialBlock(layer)
        {
            AttentionNorm = Norm("input_layernorm"),
            Attention = attention,
            AttentionPostNorm = Norm("post_attention_layernorm"),
            FeedForwardNorm = Norm("pre_feedforward_layernorm"),
            FeedForward = weights.Scope("mlp").GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation),
            FeedForwardPostNorm = Norm("post_feedforward_layernorm"),
        };
    }

    /// <summary>√D on the embeddings and the cap on the logits.</summary>
    public static Decoder Ends(Decoder decoder, ConfigReader config, DecoderConfig sizes) => decoder with
    {
        EmbeddingScale = MathF.Sqrt(sizes.HiddenSize),
        LogitSoftCap = (float)config.Number("final_logit_softcapping", 0),
    };

    /// <summary>The tensors that both have in GGUF; the norms' weights are whole there.</summary>
    public static IReadOnlyList<TensorRule> GgufTensorRules { get; } =
    [
        new EmbeddingTensor("token_embd.weight", "model.embed_tokens.weight", "lm_head.weight"),
        new PlusOneTensor("output_norm.weight", "model.norm.weight"),
        new HeadTensor("output.weight", "lm_head.weight"),
        Norm("attn_norm", "input_layernorm"), Norm("post_attention_norm", "post_attention_layernorm"),
        Norm("ffn_norm", "pre_feedforward_layernorm"), Norm("post_ffw_norm", "post_feedforward_layernorm"),
        .. GgufTensors.Attention, .. GgufTensors.FeedForward,
    ];

    /// <summary>
    /// The scale of scores, which GGUF readers imply: 1/√E, but 1/√(D/H) in the models with <paramref name="widthScaledBlocks"/> blocks. Another one is
    /// written under the key that other architectures have for it.
    /// </summary>
    public static GgufField GemmaScale(int widthScaledBlocks) => new(
        import =>
        {
            var file = import.Metadata;
            int heads = file.Size("attention.head_count"), width = file.Size("embedding_length"), head = file.Size("attention.key_length", width / heads);
            double implied = file.Size("block_count") == widthScaledBlocks ? width / heads : head;
            double scale = file.Number("attention.scale", 1 / Math.Sqrt(implied));
            import.Config["query_pre_attn_scalar"] = scale <= 0 ? throw file.Bad("attention.scale", "a number above 0 is needed")
                : file.Has("attention.scale") ? 1 / (scale * scale) : implied;
        },
        export =>
        {
            var sizes = export.Sizes;
            double implied = 1 / Math.Sqrt(sizes.LayerCount == widthScaledBlocks ? sizes.HiddenSize / sizes.HeadCount : sizes.HeadSize);
            float scale = export.AttentionShapes.First().Scale;
            if (Math.Abs(scale - implied) <= 1e-6 * implied)
                return;
            export.Put("attention.scale", scale);
            export.Notes.Add(FormattableString.Invariant($"{export.Form.Name}.attention.scale is {scale}: llama.cpp takes {implied} for granted in this architecture."));
        });

    /// <summary>A soft-cap of scores or logits; 0 for none.</summary>
    public static GgufField SoftCap(string key, double fallback) => new(
        import =>
        {
            if (import.Metadata.Number(key, fallback) is not 0 and var cap)
                import.Config[key] = cap;
        },
        export =>
        {
            if (export.Config.Number(key, 0) is var cap && (cap != 0 || fallback != 0))
                export.Put(key, cap);
        });

    private static PlusOneTensor Norm(string gguf, string huggingFace) => new($"{GgufTensors.Block}{gguf}.weight", $"{GgufTensors.Layer}{huggingFace}.weight");
}
