using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models;

/// <summary>The sizes and rules that decoders have in common, under their meaning in Hugging Face configurations.</summary>
public sealed record DecoderConfig
{
    /// <summary>D, the width of the residual stream ("hidden_size").</summary>
    public required int HiddenSize { get; init; }

    /// <summary>L, the number of blocks ("num_hidden_layers").</summary>
    public required int LayerCount { get; init; }

    /// <summary>V, the number of tokens ("vocab_size").</summary>
    public required int VocabularySize { get; init; }

    /// <summary>H, query heads ("num_attention_heads").</summary>
    public required int HeadCount { get; init; }

    /// <summary>K, key and value heads ("num_key_value_heads").</summary>
    public required int KeyHeadCount { get; init; }

    /// <summary>E, the size of a head ("head_dim", or D / H).</summary>
    public required int HeadSize { get; init; }

    /// <summary>M, the hidden width of a dense feed-forward ("intermediate_size").</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The longest context ("max_position_embeddings").</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Added under the root of norms ("rms_norm_eps", "layer_norm_eps").</summary>
    public required float NormEps { get; init; }

    /// <summary>The nonlinearity of feed-forwards ("hidden_act").</summary>
    public required Activation Activation { get; init; }

    /// <summary>Whether the head is the embedding matrix ("tie_word_embeddings").</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Reads the keys as the Llama family names them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="tiedByDefault">What an absent "tie_word_embeddings" means for this architecture.</param>
    public static DecoderConfig Read(ConfigReader config, bool tiedByDefault = false)
    {
        int hidden = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        int keyHeads = config.Size("num_key_value_heads", heads);
        if (heads % keyHeads != 0)
            throw config.Bad("num_key_value_heads", $"it must divide num_attention_heads, {heads}");
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw config.Bad("num_attention_heads", $"it must divide hidden_size, {hidden}, where head_dim is not given");
        return new DecoderConfig
        {
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            VocabularySize = config.Size("vocab_size"),
            HeadCount = heads,
            KeyHeadCount = keyHeads,
            HeadSize = config.Size("head_dim", hidden / heads),
            IntermediateSize = config.Size("intermediate_size"),
            MaxPositions = config.Size("max_position_embeddings"),
            NormEps = (float)config.Number("rms_norm_eps", 1e-6),
            Activation = ReadActivation(config, "hidden_act", "silu"),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", tiedByDefault),
        };
    }

    /// <summary>The size of a head where it is not stated: the residual width divided evenly among the heads.</summary>
    /// <exception cref="ModelFormatException">The heads do not divide the width; the message names both keys.</exception>
    public static int HeadSizeOf(ConfigReader config, (string Key, int Count) heads, (string Key, int Size) hidden) => hidden.Size % heads.Count == 0
        ? hidden.Size / heads.Count
        : throw config.Bad(heads.Key, $"it must divide {hidden.Key}, {hidden.Size}");

    /// <summary>A nonlinearity by its name.</summary>
    public static Activation ReadActivation(ConfigReader config, string key, string fallback) => config.Text(key, fallback) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        _ => throw config.Bad(key, "known activations are silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu"),
    };

    /// <summary>The usual attention shape: scale 1/√E.</summary>
    public AttentionShape AttentionShape(int window = 0) => new(HeadCount, KeyHeadCount, HeadSize, HeadSize, 1 / MathF.Sqrt(HeadSize), Window: window);
}
