using System.Text.Json.Nodes;

namespace Trimtab.Models.Gguf;

/// <summary>The statements that most families share.</summary>
internal static class GgufFields
{
    /// <summary>What every decoder with attention in heads says.</summary>
    public static IReadOnlyList<GgufField> Sizes { get; } =
    [
        Size("num_hidden_layers", "block_count", sizes => sizes.LayerCount),
        Size("max_position_embeddings", "context_length", sizes => sizes.MaxPositions),
        Size("hidden_size", "embedding_length", sizes => sizes.HiddenSize),
        Size("intermediate_size", "feed_forward_length", sizes => sizes.IntermediateSize),
        Heads, HeadSize, Vocabulary(), Tied,
        Fixed("attention.causal", 1, "this engine is causal"),
        // Says where an early converter took the weights from; the order of rows in the file is the same.
        new(static import => import.Metadata.Text("tensor_data_layout", ""), static _ => { }),
        Fixed("pooling_type", 0, "this engine gives logits, not embeddings"),
    ];

    /// <summary>As <see cref="Sizes"/>, with root-mean-square norms.</summary>
    public static IReadOnlyList<GgufField> Decoder { get; } = [.. Sizes, Epsilon("rms_norm_eps", "attention.layer_norm_rms_epsilon")];

    private static GgufField Heads => new(
        import =>
        {
            int heads = import.Metadata.Size("attention.head_count"), keyHeads = import.Metadata.Size("attention.head_count_kv", heads);
            if (heads % keyHeads != 0)
                throw import.Metadata.Bad("attention.head_count_kv", $"it must divide attention.head_count, {heads}");
            (import.Config["num_attention_heads"], import.Config["num_key_value_heads"]) = (heads, keyHeads);
        },
        export =>
        {
            export.Put("attention.head_count", export.Sizes.HeadCount);
            export.Put("attention.head_count_kv", export.Sizes.KeyHeadCount);
        });

    private static GgufField HeadSize => new(
        import =>
        {
            int heads = import.Metadata.Size("attention.head_count"), width = import.Metadata.Size("embedding_length");
            if (!import.Metadata.Has("attention.key_length") && width % heads != 0)
                throw import.Metadata.Bad("attention.head_count", $"it must divide embedding_length, {width}, where attention.key_length is not given");
            int size = import.Metadata.Size("attention.key_length", width / heads);
            if (import.Metadata.Size("attention.value_length", size) != size)
                throw import.Metadata.Bad("attention.value_length", $"it must equal {import.Metadata.Architecture}.attention.key_length, {size}");
            import.Config["head_dim"] = size;
        },
        export =>
        {
            export.Put("attention.key_length", export.Sizes.HeadSize);
            export.Put("attention.value_length", export.Sizes.HeadSize);
        });

    /// <summary>Whether the head is the embedding matrix: GGUF shows it by leaving the head away.</summary>
    public static GgufField Tied => new(
        import => import.Config["tie_word_embeddings"] = !import.Tensors.Has("output.weight"),
        static _ => { });

    /// <summary>A whole number above zero.</summary>
    public static GgufField Size(string config, string key, Func<DecoderConfig, int> value) => new(
        import => import.Config[config] = import.Metadata.Size(key),
        export => export.Put(key, value(export.Sizes)));

    /// <summary>What is added under the root of norms.</summary>
    public static GgufField Epsilon(string config, string key) => new(
        import => import.Config[config] = import.Metadata.Number(key),
        export => export.Put(key, export.Sizes.NormEps));

    /// <summary>The number of tokens, which the embedding's rows say; files often repeat it, and must not contradict.</summary>
    public static GgufField Vocabulary(string config = "vocab_size") => new(
        import =>
        {
            int rows = import.Tensors.Look("token_embd.weight").RowCount;
            if (import.Metadata.Count("vocab_size", rows) != rows)
                throw import.Metadata.Bad("vocab_size", $"the embedding has {rows} rows");
            import.Config[config] = rows;
        },
        export => export.Put("vocab_size", export.Sizes.VocabularySize));

    /// <summary>A key that, where present, has the one value that this family implies; it is not written.</summary>
    public static GgufField Fixed(string key, double value, string why) => new(import => import.Metadata.Require(key, value, why), static _ => { });

    /// <summary>A truth value of the configuration that GGUF shows by the presence of a tensor.</summary>
    public static GgufField Shown(string config, string byTensor) => new(import => import.Config[config] = import.Tensors.Has(byTensor), static _ => { });

    /// <summary>
    /// Sliding windows. Where no pattern is given, the layers of the family's own rule slide.
    /// </summary>
    /// <param name="slides">The family's rule.</param>
    /// <param name="fallback">The window where the file gives none; 0 for no windows.</param>
    /// <param name="switchKey">A key that the configuration needs to be true for windows to count.</param>
    /// <param name="readByOthers">Whether llama.cpp computes windows for this family.</param>
    public static GgufField Windows(Func<int, bool> slides, int fallback = 0, string? switchKey = null, bool readByOthers = false) => new(
        import => ImportWindows(import, slides, fallback, switchKey),
        export => ExportWindows(export, slides, fallback, readByOthers));

    private static void ImportWindows(GgufImport import, Func<int, bool> slides, int fallback, string? switchKey)
    {
        int window = import.Metadata.Count("attention.sliding_window", fallback), layers = import.Metadata.Size("block_count");
        var sliding = Pattern(import.Metadata, layers) ?? slides;
        // The bound keeps a lying count from filling the memory; the tensors refuse it right after.
        string[] types = [.. Enumerable.Range(0, Math.Min(layers, import.Tensors.Names.Count)).Select(layer => window > 0 && sliding(layer) ? "sliding_attention" : "full_attention")];
        if (!types.Contains("sliding_attention"))
            return;
        import.Config["sliding_window"] = window;
        import.Config["layer_types"] = new JsonArray([.. types.Select(type => JsonValue.Create(type))]);
        if (switchKey is not null)
            import.Config[switchKey] = true;
    }

    // Either one truth value for each layer, or the period of the full layers, each the last of its period.
    private static Func<int, bool>? Pattern(GgufMetadata metadata, int layers)
    {
        const string Key = "attention.sliding_window_pattern";
        if (metadata.Flags(Key) is { } flags)
            return flags.Length >= layers ? layer => flags[layer] : throw metadata.Bad(Key, $"{layers} layers need {layers} values");
        if (!metadata.Has(Key))
            return null;
        int period = metadata.Count(Key, 0);
        return layer => period == 0 || (layer + 1) % period != 0;
    }

    private static void ExportWindows(GgufExport export, Func<int, bool> slides, int fallback, bool readByOthers)
    {
        int[] windows = [.. export.AttentionShapes.Select(shape => shape.Window)];
        int window = windows.Max();
        if (windows.Any(w => w != 0 && w != window))
            throw export.Impossible("windows of several sizes");
        if (window == 0)
        {
            if (fallback != 0)
                export.Put("attention.sliding_window", 0);
            return;
        }
        export.Put("attention.sliding_window", window);
        bool[] sliding = [.. windows.Select(w => w > 0)];
        if (!sliding.SequenceEqual(Enumerable.Range(0, windows.Length).Select(slides)))
            PutPattern(export, sliding);
        if (!readByOthers)
            export.Notes.Add($"{export.Form.Name}.attention.sliding_window is {window}: llama.cpp attends to the whole context in this architecture.");
    }

    private static void PutPattern(GgufExport export, bool[] sliding)
    {
        const string Key = "attention.sliding_window_pattern";
        for (int period = 2; period <= sliding.Length; period++)
        {
            if (!sliding.Select((slides, layer) => slides == ((layer + 1) % period != 0)).All(same => same))
                continue;
            export.Put(Key, period);
            return;
        }
        export.Put(Key, sliding);
    }
}
