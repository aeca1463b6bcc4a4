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
}
