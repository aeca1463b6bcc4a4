using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>
/// GPT-Neo (Black et al. 2021): GPT-2 with separate projections without bias, alternating global and windowed layers, and scores that are not scaled by 1/√E.
/// </summary>
[Architecture("GPTNeoForCausalLM")]
public sealed class GptNeo : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config)
    {
        int hidden = config.Size("hidden_size"), heads = config.Size("num_heads");
        return new DecoderConfig
        {
            HiddenSize = hidden,
            LayerCount = config.Size("num_layers"),
            VocabularySize = config.Size("vocab_size"),
            HeadCount = heads,
            KeyHeadCount = heads,
            HeadSize = DecoderConfig.HeadSizeOf(config, ("num_heads", heads), ("hidden_size", hidden)),
            IntermediateSize = config.Size("intermediate_size", 4 * hidden),
            MaxPositions = config.Size("max_position_embeddings", 2048),
            NormEps = (float)config.Number("layer_norm_epsilon", 1e-5),
            Activation = DecoderConfig.ReadActivation(config, "activation_function", "gelu_new"),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", true),
        };
    }

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var windows = Windows(config, sizes.LayerCount);
        var model = weights.ScopeWith("wte.weight", "transformer", "");
        var embedding = model.Take("wte.weight", sizes.VocabularySize, sizes.HiddenSize);
        return new Decoder
        {
            Embedding = embedding,
            Positions = model.Take("wpe.weight", sizes.MaxPositions, sizes.HiddenSize),
            Blocks = [.. Enumerable.Range(0, sizes.LayerCount).Select(layer => Block(layer, sizes, model.Scope("h", layer), windows(layer)))],
            FinalNorm = model.LayerNorm("ln_f", sizes.HiddenSize, sizes.NormEps),
            Head = LlamaStyle.Head(sizes, weights, embedding, "lm_head"),
        };
    }

    /// <inheritdoc/>
    public override bool MayIgnore(string tensor, DecoderConfig sizes) =>
        tensor.EndsWith(".attn.attention.bias", StringComparison.Ordinal) || tensor.EndsWith(".attn.attention.masked_bias", StringComparison.Ordinal);

    private static SequentialBlock Block(int layer, DecoderConfig sizes, WeightReader weights, int window)
    {
        var attention = weights.Scope("attn.attention");
        return new SequentialBlock(layer)
        {
            AttentionNorm = weights.LayerNorm("ln_1", sizes.HiddenSize, sizes.NormEps),
            Attention = new Attention
            {
                QueryKeyValue = LlamaStyle.QueryKeyValue(attention, sizes),
                Output = attention.Linear("out_proj", sizes.HiddenSize, sizes.HiddenSize, bias: true),
                Shape = sizes.AttentionShape(window) with { Scale = 1 },
            },
            FeedForwardNorm = weights.LayerNorm("ln_2", sizes.HiddenSize, sizes.NormEps),
            FeedForward = new PlainMlp(
                weights.Linear("mlp.c_fc", sizes.IntermediateSize, sizes.HiddenSize, bias: true),
                weights.Linear("mlp.c_proj", sizes.HiddenSize, sizes.IntermediateSize, bias: true),
                sizes.Activation),
        };
    }

    // Either a list with one word per layer, or the pattern it was made from: [[["global", "local"], 12]] repeats the inner list 12 times.
    private static Func<int, int> Windows(ConfigReader config, int layers)
    {
        int window = config.Size("window_size", 256);
        string[] expanded = ExpandPattern(config, "attention_types");
        string[] types = config.Texts("attention_layers");
        if (types.Length == 0)
            types = expanded;
        if (types.Length == 0)
            return layer => layer % 2 == 0 ? 0 : window;
        if (types.Length != layers || types.Any(type => type is not ("global" or "local")))
            throw config.Bad(config.Has("attention_layers") ? "attention_layers" : "attention_types", $"{layers} layers need {layers} words, each global or local");
        return layer => types[layer] == "local" ? window : 0;
    }

    private static string[] ExpandPattern(ConfigReader config, string key)
    {
        if (config.Node(key) is not { } node)
            return [];
        try
        {
            return [.. node.AsArray().SelectMany(group => Enumerable.Repeat(group![0]!.AsArray(), Math.Clamp(group[1]!.GetValue<int>(), 0, 10_000)))
                .SelectMany(words => words).Select(word => word!.GetValue<string>())];
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or NullReferenceException or ArgumentOutOfRangeException)
        {
            throw config.Bad(key, "a list of [list of words, repetitions] is needed");
        }
    }
}
