using System.Text.Json.Nodes;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Gguf;

/// <summary>
/// Rotary positions. GGUF names the linear and the YaRN stretching in metadata, and holds those of Llama 3.1 (rope_freqs) and LongRoPE (rope_factors_long and
/// _short) as tensors of divisors.
/// </summary>
internal static class GgufRotary
{
    private const string Factors = "rope_freqs.weight", LongFactors = "rope_factors_long.weight", ShortFactors = "rope_factors_short.weight";

    /// <summary>The field for families whose configuration has rope_theta and rope_scaling.</summary>
    /// <param name="defaultBase">θ where the configuration does not give rope_theta; 10000 where null.</param>
    /// <param name="partial">The key of the share of a head that is turned; null where the whole head is.</param>
    public static GgufField Field(Func<ConfigReader, double>? defaultBase = null, string? partial = null) => new(
        import =>
        {
            ImportScaling(import, ImportSize(import, partial));
        },
        export =>
        {
            export.Put("rope.dimension_count", export.Model.Decoder.RotaryEmbeddings[0].Size);
            ExportScaling(export, RotaryConfig.Read(export.Config, export.Sizes.MaxPositions, defaultBase?.Invoke(export.Config) ?? 10_000));
        });

    /// <summary>Adds rope_theta and rope_scaling to the configuration.</summary>
    /// <param name="import">The file.</param>
    /// <param name="size">How many values of a head are turned.</param>
    public static void ImportScaling(GgufImport import, int size)
    {
        import.Config["rope_theta"] = import.Metadata.Number("rope.freq_base", 10_000);
        import.Metadata.Flag("rope.scaling.finetuned", false);
        if (Scaling(import, size) is { } scaling)
            import.Config["rope_scaling"] = scaling;
    }

    /// <summary>Adds base and stretching to the metadata.</summary>
    public static void ExportScaling(GgufExport export, RotaryScaling scaling)
    {
        export.Put("rope.freq_base", scaling.Base);
        int size = export.Model.Decoder.RotaryEmbeddings[0].Size;
        switch (scaling)
        {
            case PlainRotary:
                break;
            case LinearRotary linear:
                export.Put("rope.scaling.type", "linear");
                export.Put("rope.scaling.factor", linear.Factor);
                break;
            case YarnRotary yarn:
                ExportYarn(export, yarn, impliedAttention: YarnRotary.Temperature(yarn.Factor));
                break;
            case Llama3Rotary or FactoredRotary:
                export.PutTensor(Factors, Divisors(scaling, size));
                break;
            case LongRotary lengths:
                export.Put("rope.scaling.attn_factor", lengths.Attention);
                export.Put("rope.scaling.original_context_length", lengths.TrainedLength);
                export.PutTensor(LongFactors, [.. lengths.LongFactors]);
                export.PutTensor(ShortFactors, [.. lengths.ShortFactors]);
                break;
            default:
                throw export.Impossible($"rotary positions of the kind {scaling.GetType().Name}");
        }
    }

    /// <summary>Adds YaRN to the metadata.</summary>
    /// <param name="export">The export.</param>
    /// <param name="yarn">The stretching.</param>
    /// <param name="impliedAttention">The factor on cos and sin that readers assume; another one is written.</param>
    public static void ExportYarn(GgufExport export, YarnRotary yarn, double impliedAttention)
    {
        if (!yarn.Truncate)
            throw export.Impossible("YaRN with \"truncate\": false");
        export.Put("rope.scaling.type", "yarn");
        export.Put("rope.scaling.factor", yarn.Factor);
        export.Put("rope.scaling.original_context_length", yarn.TrainedLength);
        PutUnlessDefault(export, "rope.scaling.yarn_beta_fast", yarn.BetaFast, 32);
        PutUnlessDefault(export, "rope.scaling.yarn_beta_slow", yarn.BetaSlow, 1);
        if (Math.Abs(yarn.Attention - impliedAttention) > 1e-6)
            PutUnlessDefault(export, "rope.scaling.yarn_attn_factor", yarn.Attention, double.NaN);
    }

    private static void PutUnlessDefault(GgufExport export, string key, double value, double fallback)
    {
        if (value == fallback)
            return;
        export.Put(key, value);
        export.Notes.Add(FormattableString.Invariant($"{export.Form.Name}.{key} is {value}: llama.cpp reads this key for few architectures and uses its own value otherwise."));
    }

    private static int ImportSize(GgufImport import, string? partial)
    {
        int head = import.Config["head_dim"]?.GetValue<int>() ?? import.Metadata.Size("embedding_length") / import.Metadata.Size("attention.head_count");
        int size = import.Metadata.Size("rope.dimension_count", head);
        if (size <= 0 || size > head || size % 2 != 0)
            throw import.Metadata.Bad("rope.dimension_count", $"an even number up to the size of a head, {head}, is needed");
        if (size != head && partial is null)
            throw import.Metadata.Bad("rope.dimension_count", $"this architecture turns whole heads of {head} values");
        // The share times the head size must give the size again after truncation.
        double share = (double)size / head;
        if (partial is not null)
            import.Config[partial] = (int)(head * share) == size ? share : Math.BitIncrement(share);
        return size;
    }

    private static JsonObject? Scaling(GgufImport import, int size)
    {
        var metadata = import.Metadata;
        string type = metadata.Text("rope.scaling.type", "");
        double factor = metadata.Number("rope.scaling.factor", metadata.Number("rope.scale_linear", 0));
        metadata.Number("rope.scale_linear", 0);
        int trained = metadata.Size("rope.scaling.original_context_length", metadata.Size("context_length"));
        bool divided = import.Tensors.Has(Factors), lengths = import.Tensors.Has(LongFactors);
        JsonObject? scaling = type switch
        {
            // A factor of 0 means 1 to llama.cpp, and the type defaults to linear there.
            "" or "linear" => factor is 0 or 1 ? null : new JsonObject { ["rope_type"] = "linear", ["factor"] = factor },
            "none" => null,
            "yarn" => Yarn(metadata, factor == 0 ? 1 : factor, trained),
            "longrope" => lengths ? null : throw metadata.Bad("rope.scaling.type", $"it needs the tensors {LongFactors} and {ShortFactors}"),
            _ => throw metadata.Bad("rope.scaling.type", "known types are none, linear, yarn and longrope"),
        };
        if (scaling is not null && (divided || lengths))
            throw metadata.Bad("rope.scaling.type", $"the file also holds {(divided ? Factors : LongFactors)}; one stretching on top of another is not supported");
        return divided ? Divided(import, size) : lengths ? Lengths(import, trained, size) : scaling;
    }

    private static JsonObject Divided(GgufImport import, int size) =>
        PublishedLlama3.Find(Divisors(import, Factors, size), import.Metadata.Number("rope.freq_base", 10_000))
        ?? new JsonObject { ["rope_type"] = "factors", ["factors"] = Array(import, Factors, size) };

    private static JsonObject Lengths(GgufImport import, int trained, int size) => new()
    {
        ["rope_type"] = "longrope",
        ["long_factor"] = Array(import, LongFactors, size),
        ["short_factor"] = Array(import, ShortFactors, size),
        ["original_max_position_embeddings"] = trained,
        ["attention_factor"] = import.Metadata.Number("rope.scaling.attn_factor", 1),
    };

    private static JsonObject Yarn(GgufMetadata metadata, double factor, int trained)
    {
        if (metadata.Has("rope.scaling.attn_factor") && metadata.Has("rope.scaling.yarn_attn_factor"))
            throw metadata.Bad("rope.scaling.attn_factor", "rope.scaling.yarn_attn_factor says the same another way; one of them must go");
        double relative = metadata.Number("rope.scaling.attn_factor", 1);
        return new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] = trained,
            ["beta_fast"] = metadata.Number("rope.scaling.yarn_beta_fast", 32),
            ["beta_slow"] = metadata.Number("rope.scaling.yarn_beta_slow", 1),
            ["attention_factor"] = metadata.Number("rope.scaling.yarn_attn_factor", relative * YarnRotary.Temperature(factor)),
        };
    }

    private static float[] Divisors(RotaryScaling scaling, int size)
    {
        float[] plain = new PlainRotary(scaling.Base).Frequencies(size, 1), stretched = scaling.Frequencies(size, 1);
        return [.. plain.Zip(stretched, (p, s) => p / s)];
    }

    private static float[] Divisors(GgufImport import, string name, int size)
    {
        float[] divisors = import.Vector(name);
        if (divisors.Length != size / 2)
            throw new ModelFormatException($"{import.Metadata.Source}: the tensor {name} holds {divisors.Length} divisors — {size} turned values of a head need {size / 2}.");
        return System.Array.TrueForAll(divisors, divisor => float.IsFinite(divisor) && divisor > 0)
            ? divisors
            : throw new ModelFormatException($"{import.Metadata.Source}: the tensor {name} holds a divisor that is not a finite number above 0.");
    }

    private static JsonArray Array(GgufImport import, string name, int size) => new([.. Divisors(import, name, size).Select(value => JsonValue.Create(value))]);
}
