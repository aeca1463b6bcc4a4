using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>GPT-2 (Radford et al. 2019): learned positions, layer norms with bias, weights stored as [in, out], tied head.</summary>
[Architecture("GPT2LMHeadModel")]
public sealed class Gpt2 : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config)
    {
        int hidden = config.Size("n_embd"), heads = config.Size("n_head");
        int positions = config.Size("n_positions", 1024);
        config.Require("n_ctx", positions.ToString(System.Globalization.CultureInfo.InvariantCulture), "it must equal n_positions");
        config.Require("scale_attn_weights", "true", "scores are scaled by 1/√E");
        config.Require("scale_attn_by_inverse_layer_idx", "false", "scores are not scaled by layer");
        config.Require("add_cross_attention", "false", "this engine has no encoder");
        return new DecoderConfig
        {
            HiddenSize = hidden,
            LayerCount = config.Size("n_layer"),
            VocabularySize = config.Size("vocab_size"),
            HeadCount = heads,
            KeyHeadCount = heads,
            HeadSize = DecoderConfig.HeadSizeOf(config, ("n_head", heads), ("n_embd", hidden)),
            IntermediateSize = config.Size("n_inner", 4 * hidden),
            MaxPositions = positions,
            NormEps = (float)config.Number("layer_norm_epsilon", 1e-5),
            Activation = DecoderConfig.ReadActivation(config, "activation_function", "gelu_new"),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", true),
        };
    }

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        // The published files leave the prefix away; files that a newer library saved carry it.
        var model = weights.ScopeWith("wte.weight", "transformer", "");
        var embedding = model.Take("wte.weight", sizes.VocabularySize, sizes.HiddenSize);
        return new Decoder
        {
            Embedding = embedding,
            Positions = model.Take("wpe.weight", sizes.MaxPositions, sizes.HiddenSize),
            Blocks = [.. Enumerable.Range(0, sizes.LayerCount).Select(layer => Block(layer, sizes, model.Scope("h", layer)))],
            FinalNorm = model.LayerNorm("ln_f", sizes.HiddenSize, sizes.NormEps),
            Head = LlamaStyle.Head(sizes, weights, embedding, "lm_head"),
        };
    }

    /// <inheritdoc/>
    public override bool MayIgnore(string tensor, DecoderConfig sizes) =>
        tensor.EndsWith(".attn.bias", StringComparison.Ordinal) || tensor.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private static SequentialBlock Block(int layer, DecoderConfig sizes, WeightReader weights) => new(layer)
    {
        AttentionNorm = weights.LayerNorm("ln_1", sizes.HiddenSize, sizes.NormEps),
        Attention = new Attention
        {
            QueryKeyValue = new ConcatenatedQueryKeyValue(weights.InputMajorLinear("attn.c_attn", 3 * sizes.HiddenSize, sizes.HiddenSize)),
            Output = weights.InputMajorLinear("attn.c_proj", sizes.HiddenSize, sizes.HiddenSize),
            Shape = sizes.AttentionShape(),
        },
        FeedForwardNorm = weights.LayerNorm("ln_2", sizes.HiddenSize, sizes.NormEps),
        FeedForward = new PlainMlp(
            weights.InputMajorLinear("mlp.c_fc", sizes.IntermediateSize, sizes.HiddenSize),
            weights.InputMajorLinear("mlp.c_proj", sizes.HiddenSize, sizes.IntermediateSize),
            sizes.Activation),
    };

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("gpt2", "gpt2")
    {
        Activation = Activation.GeluTanh,
        Prefix = "transformer.",
        Fields =
        [
            GgufFields.Size("n_layer", "block_count", sizes => sizes.LayerCount), GgufFields.Size("n_positions", "context_length", sizes => sizes.MaxPositions),
            GgufFields.Size("n_embd", "embedding_length", sizes => sizes.HiddenSize), GgufFields.Size("n_inner", "feed_forward_length", sizes => sizes.IntermediateSize),
            GgufFields.Size("n_head", "attention.head_count", sizes => sizes.HeadCount), GgufFields.Epsilon("layer_norm_epsilon", "attention.layer_norm_epsilon"),
            GgufFields.Vocabulary(), GgufFields.Tied,
        ],
        Tensors =
        [
            new SameTensor("token_embd.weight", "transformer.wte.weight"), new SameTensor("position_embd.weight", "transformer.wpe.weight", KeepsPrecision: true),
            .. GgufTensors.Both("output_norm", "transformer.ln_f"), new HeadTensor("output.weight", "lm_head.weight"),
            .. GgufTensors.Both("blk.#.attn_norm", "transformer.h.#.ln_1"), .. GgufTensors.Both("blk.#.ffn_norm", "transformer.h.#.ln_2"),
            .. Transposed("blk.#.attn_qkv", "transformer.h.#.attn.c_attn"), .. Transposed("blk.#.attn_output", "transformer.h.#.attn.c_proj"),
            .. Transposed("blk.#.ffn_up", "transformer.h.#.mlp.c_fc"), .. Transposed("blk.#.ffn_down", "transformer.h.#.mlp.c_proj"),
        ],
    };

    private static IReadOnlyList<TensorRule> Transposed(string gguf, string huggingFace) =>
        [new TransposedTensor($"{gguf}.weight", $"{huggingFace}.weight"), new SameTensor($"{gguf}.bias", $"{huggingFace}.bias")];
}
