using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors;

namespace Trimtab.Models.Architectures;

/// <summary>What the many descendants of Llama share, so that each of their files says only what is its own.</summary>
internal static class LlamaStyle
{
    /// <summary>The decoder of embed_tokens, layers, norm and lm_head, with each block made from its own tensors.</summary>
    public static Decoder Decoder(DecoderConfig sizes, WeightReader weights, IReadOnlyList<RotaryEmbedding> rotary, Func<int, WeightReader, Block> block, bool plusOneNorm = false)
    {
        var model = weights.ScopeWith("norm.weight", "model", "");
        var embedding = Embedding(sizes, weights, model);
        return new Decoder
        {
            Embedding = embedding,
            Blocks = [.. Enumerable.Range(0, sizes.LayerCount).Select(layer => block(layer, model.Scope("layers", layer)))],
            FinalNorm = model.RmsNorm("norm", sizes.HiddenSize, sizes.NormEps, plusOneNorm),
            Head = Head(sizes, weights, embedding, "lm_head"),
            RotaryEmbeddings = rotary,
        };
    }

    // Where embedding and head are tied, a file holds the one matrix under either name.
    private static Tensor Embedding(DecoderConfig sizes, WeightReader weights, WeightReader model) =>
        sizes.TieWordEmbeddings && !model.Has("embed_tokens.weight") && weights.Has("lm_head.weight")
            ? weights.Take("lm_head.weight", sizes.VocabularySize, sizes.HiddenSize)
            : model.Take("embed_tokens.weight", sizes.VocabularySize, sizes.HiddenSize);

    /// <summary>The block of input_layernorm and post_attention_layernorm.</summary>
    public static SequentialBlock Block(int layer, DecoderConfig sizes, WeightReader weights, IAttention attention, IFeedForward feedForward) => new(layer)
    {
        AttentionNorm = weights.RmsNorm("input_layernorm", sizes.HiddenSize, sizes.NormEps),
        Attention = attention,
        FeedForwardNorm = weights.RmsNorm("post_attention_layernorm", sizes.HiddenSize, sizes.NormEps),
        FeedForward = feedForward,
    };

    /// <summary>Attention of q_proj, k_proj, v_proj and o_proj, with rotary positions and, where asked for, a window and biases on the first three.</summary>
    public static Attention Attention(DecoderConfig sizes, WeightReader attention, RotaryEmbedding rotary, int window = 0, bool bias = false) => new()
    {
        QueryKeyValue = QueryKeyValue(attention, sizes, bias),
        Output = Output(attention, sizes),
        Shape = sizes.AttentionShape(window),
        Rotary = rotary,
    };

    /// <summary>q_proj, k_proj and v_proj.</summary>
    public static SeparateQueryKeyValue QueryKeyValue(WeightReader attention, DecoderConfig sizes, bool bias = false) => new(
        attention.Linear("q_proj", (long)sizes.HeadCount * sizes.HeadSize, sizes.HiddenSize, bias),
        attention.Linear("k_proj", (long)sizes.KeyHeadCount * sizes.HeadSize, sizes.HiddenSize, bias),
        attention.Linear("v_proj", (long)sizes.KeyHeadCount * sizes.HeadSize, sizes.HiddenSize, bias));

    /// <summary>o_proj.</summary>
    public static Linear Output(WeightReader attention, DecoderConfig sizes, bool bias = false) =>
        attention.Linear("o_proj", sizes.HiddenSize, (long)sizes.HeadCount * sizes.HeadSize, bias);

    /// <summary>A head of its own, or the embedding matrix where they are tied; some files then carry a copy of it all the same.</summary>
    public static Linear Head(DecoderConfig sizes, WeightReader weights, Tensor embedding, string name)
    {
        if (!sizes.TieWordEmbeddings)
            return weights.Linear(name, sizes.VocabularySize, sizes.HiddenSize);
        if (weights.Has($"{name}.weight"))
            weights.Take($"{name}.weight", sizes.VocabularySize, sizes.HiddenSize);
        return weights.Linear(name, embedding);
    }
}
