using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>
/// GPT-NeoX and Pythia (arXiv 2204.06745, 2304.01373): attention and feed-forward side by side, layer norms, rotary positions on part of each head, one weight for
/// queries, keys and values interleaved head by head.
/// </summary>
[Architecture("GPTNeoXForCausalLM")]
public sealed class GptNeoX : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config)
    {
        int hidden = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        return new DecoderConfig
        {
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            VocabularySize = config.Size("vocab_size"),
            HeadCount = heads,
            KeyHeadCount = heads,
            HeadSize = DecoderConfig.HeadSizeOf(config, ("num_attention_heads", heads), ("hidden_size", hidden)),
            IntermediateSize = config.Size("intermediate_size"),
            MaxPositions = config.Size("max_position_embeddings"),
            NormEps = (float)config.Number("layer_norm_eps", 1e-5),
            Activation = DecoderConfig.ReadActivation(config, "hidden_act", "gelu"),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", false),
        };
    }

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.PartialEmbedding(config, sizes, config.PositiveNumber("rotary_emb_base", 10_000), defaultFraction: 0.25, key: "rotary_pct");
        bool parallel = config.Flag("use_parallel_residual", true), bias = config.Flag("attention_bias", true);
        var model = weights.Scope("gpt_neox");
        var embedding = model.Take("embed_in.weight", sizes.VocabularySize, sizes.HiddenSize);
        return new Decoder
        {
            Embedding = embedding,
            Blocks = [.. Enumerable.Range(0, sizes.LayerCount).Select(layer => Block(layer, sizes, model.Scope("layers", layer), rotary, bias, parallel))],
            FinalNorm = model.LayerNorm("final_layer_norm", sizes.HiddenSize, sizes.NormEps),
            Head = LlamaStyle.Head(sizes, weights, embedding, "embed_out"),
            RotaryEmbeddings = [rotary],
        };
    }

    /// <inheritdoc/>
    public override bool MayIgnore(string tensor, DecoderConfig sizes) => tensor.EndsWith(".attention.bias", StringComparison.Ordinal)
        || tensor.EndsWith(".attention.masked_bias", StringComparison.Ordinal) || tensor.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private static Block Block(int layer, DecoderConfig sizes, WeightReader weights, RotaryEmbedding rotary, bool bias, bool parallel)
    {
        var (attentionNorm, feedForwardNorm) = (
            weights.LayerNorm("input_layernorm", sizes.HiddenSize, sizes.NormEps),
            weights.LayerNorm("post_attention_layernorm", sizes.HiddenSize, sizes.NormEps));
        var attention = new Attention
        {
            QueryKeyValue = new PerHeadQueryKeyValue(weights.Linear("attention.query_key_value", 3 * sizes.HiddenSize, sizes.HiddenSize, bias), sizes.HeadCount),
            Output = weights.Linear("attention.dense", sizes.HiddenSize, sizes.HiddenSize, bias),
            Shape = sizes.AttentionShape(),
            Rotary = rotary,
        };
        var feedForward = new PlainMlp(
            weights.Linear("mlp.dense_h_to_4h", sizes.IntermediateSize, sizes.HiddenSize, bias: true),
            weights.Linear("mlp.dense_4h_to_h", sizes.HiddenSize, sizes.IntermediateSize, bias: true),
            sizes.Activation);
        return parallel
            ? new ParallelBlock(layer) { AttentionNorm = attentionNorm, Attention = attention, FeedForwardNorm = feedForwardNorm, FeedForward = feedForward }
            : new SequentialBlock(layer) { AttentionNorm = attentionNorm, Attention = attention, FeedForwardNorm = feedForwardNorm, FeedForward = feedForward };
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("gptneox", "gpt_neox")
    {
        Activation = Activation.Gelu,
        Prefix = "",
        Fields =
        [
            GgufFields.Size("num_hidden_layers", "block_count", sizes => sizes.LayerCount), GgufFields.Size("max_position_embeddings", "context_length", sizes => sizes.MaxPositions),
            GgufFields.Size("hidden_size", "embedding_length", sizes => sizes.HiddenSize), GgufFields.Size("intermediate_size", "feed_forward_length", sizes => sizes.IntermediateSize),
            GgufFields.Size("num_attention_heads", "attention.head_count", sizes => sizes.HeadCount), GgufFields.Epsilon("layer_norm_eps", "attention.layer_norm_epsilon"),
            GgufFields.Vocabulary(), GgufFields.Tied,
            new(import => import.Config["use_parallel_residual"] = import.Metadata.Flag("use_parallel_residual", true),
                export => export.Put("use_parallel_residual", export.Config.Flag("use_parallel_residual", true))),
            GgufFields.Shown("attention_bias", "blk.0.attn_qkv.bias"), new(static _ => { }, export => export.Notes.Add("llama.cpp computes the nonlinearity of gptneox by its tanh approximation.")),
            GgufRotary.Field(config => config.Number("rotary_emb_base", 10_000), "rotary_pct"),
        ],
        Tensors =
        [
            new SameTensor("token_embd.weight", "gpt_neox.embed_in.weight"), .. GgufTensors.Both("output_norm", "gpt_neox.final_layer_norm"), new HeadTensor("output.weight", "embed_out.weight"),
            .. GgufTensors.Both("blk.#.attn_norm", "gpt_neox.layers.#.input_layernorm"), .. GgufTensors.Both("blk.#.ffn_norm", "gpt_neox.layers.#.post_attention_layernorm"),
            new ReorderedTensor("blk.#.attn_qkv.weight", "gpt_neox.layers.#.attention.query_key_value.weight", RowOrder.PartsFirst),
            new ReorderedTensor("blk.#.attn_qkv.bias", "gpt_neox.layers.#.attention.query_key_value.bias", RowOrder.PartsFirst),
            .. GgufTensors.Both("blk.#.attn_output", "gpt_neox.layers.#.attention.dense"),
            .. GgufTensors.Both("blk.#.ffn_up", "gpt_neox.layers.#.mlp.dense_h_to_4h"), .. GgufTensors.Both("blk.#.ffn_down", "gpt_neox.layers.#.mlp.dense_4h_to_h"),
        ],
    };
}
