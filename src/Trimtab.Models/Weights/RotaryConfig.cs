using Trimtab.Models.Layers;

namespace Trimtab.Models.Weights;

/// <summary>
/// Reads how rotary positions are scaled: `rope_theta` with `rope_scaling`, or the newer `rope_parameters` that holds both; with the legacy spellings
/// `type` for `rope_type` and `su` for `longrope`.
/// </summary>
public static class RotaryConfig
{
    private const string InnerFraction = "partial_rotary_factor";

    /// <summary>The rotary embedding of a decoder's heads, of which all values are turned.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="sizes">Head size and longest context.</param>
    /// <param name="defaultBase">θ where the configuration gives none.</param>
    /// <exception cref="ModelFormatException">A key is not understood, or the head size is odd.</exception>
    public static RotaryEmbedding Embedding(ConfigReader config, DecoderConfig sizes, double defaultBase = 10000) =>
        Embedding(config, sizes, Read(config, sizes.MaxPositions, defaultBase), 1, null);

    /// <summary>The rotary embedding of heads of which the fraction under <paramref name="key"/> is turned; newer files keep it in `rope_parameters`.</summary>
    /// <exception cref="ModelFormatException">A key is not understood, or the fraction leaves no pairs.</exception>
    public static RotaryEmbedding PartialEmbedding(ConfigReader config, DecoderConfig sizes, double defaultBase, double defaultFraction, string key = InnerFraction)
    {
        var scaling = config.Object("rope_parameters") ?? config.Object("rope_scaling");
        double inner = scaling?.PositiveNumber(InnerFraction, defaultFraction) ?? defaultFraction;
        double fraction = config.PositiveNumber(key, config.PositiveNumber(InnerFraction, inner));
        return Embedding(config, sizes, Read(config, sizes.MaxPositions, defaultBase, mayBePartial: true), fraction, key);
    }

    /// <summary>The scaling that a configuration asks for.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="maxPositions">max_position_embeddings, which some scalings refer to.</param>
    /// <param name="defaultBase">θ where the configuration gives none.</param>
    /// <param name="mayBePartial">Whether the caller reads the fraction of a head that is turned.</param>
    /// <exception cref="ModelFormatException">The type or one of its keys is not understood.</exception>
    public static RotaryScaling Read(ConfigReader config, int maxPositions, double defaultBase = 10000, bool mayBePartial = false)
    {
        double @base = config.PositiveNumber("rope_theta", defaultBase);
        var trainedLength = config.Has("original_max_position_embeddings") ? config.Size("original_max_position_embeddings") : (int?)null;
        var scaling = config.Object("rope_parameters") ?? config.Object("rope_scaling");
        if (scaling is null)
            return new PlainRotary(@base);
        var result = Read(scaling, scaling.PositiveNumber("rope_theta", @base), maxPositions, trainedLength, mayBePartial);
        scaling.RequireAllRead();
        return result;
    }

    /// <summary>The scaling that one `rope_scaling` object asks for.</summary>
    internal static RotaryScaling Read(ConfigReader scaling, double @base, int maxPositions, int? outerTrainedLength, bool mayBePartial = false)
    {
        string type = scaling.Text("rope_type", scaling.Text("type", "default"));
        scaling.Text("type", type);
        if (scaling.Number(InnerFraction, 1) != 1 && !mayBePartial)
            throw scaling.Bad(InnerFraction, "this architecture turns whole heads");
        int TrainedLength() => scaling.Size("original_max_position_embeddings", outerTrainedLength ?? maxPositions);
        return type switch
        {
            "default" => new PlainRotary(@base),
            "linear" => new LinearRotary(@base, scaling.PositiveNumber("factor")),
            "dynamic" => new DynamicRotary(@base, AtLeastOne(scaling, "factor"), TrainedLength()),
            "llama3" => Llama3(scaling, @base, TrainedLength()),
            "yarn" => Yarn(scaling, @base, TrainedLength()),
            "longrope" or "su" => Long(scaling, @base, maxPositions, TrainedLength()),
            // Not a published type: what a GGUF file holds of a stretching whose settings it does not name.
            "factors" => new FactoredRotary(@base, scaling.Numbers("factors")),
            _ => throw scaling.Bad(scaling.Has("rope_type") ? "rope_type" : "type", "known types are default, linear, dynamic, llama3, yarn, longrope and su"),
        };
    }

    private static RotaryEmbedding Embedding(ConfigReader config, DecoderConfig sizes, RotaryScaling scaling, double fraction, string? fractionKey)
    {
        int size = (int)(sizes.HeadSize * fraction);
        string key = fractionKey is not null && config.Has(fractionKey) ? fractionKey : config.Has("head_dim") ? "head_dim" : "num_attention_heads";
        if (size <= 0 || size % 2 != 0 || size > sizes.HeadSize)
            throw config.Bad(key, $"it makes {size} of the {sizes.HeadSize} values of a head turn, and they turn in pairs");
        if (scaling is LongRotary { ShortFactors.Count: var shorts, LongFactors.Count: var longs } && (shorts != size / 2 || longs != size / 2))
            throw (config.Object("rope_parameters") ?? config.Object("rope_scaling"))!.Bad(shorts != size / 2 ? "short_factor" : "long_factor", $"{size / 2} pairs turn, and each needs a factor");
        return new RotaryEmbedding(scaling, size);
    }

    private static Llama3Rotary Llama3(ConfigReader scaling, double @base, int trainedLength)
    {
        double low = scaling.PositiveNumber("low_freq_factor"), high = scaling.PositiveNumber("high_freq_factor");
        return high > low
            ? new Llama3Rotary(@base, scaling.PositiveNumber("factor"), low, high, trainedLength)
            : throw scaling.Bad("high_freq_factor", $"it must be above low_freq_factor, {low}");
    }

    // Below 1 the stretched base would become negative, and its power not a number.
    private static double AtLeastOne(ConfigReader scaling, string key) => scaling.Number(key) is >= 1 and < double.PositiveInfinity and var value ? value : throw scaling.Bad(key, "a number from 1 is needed");

    private static YarnRotary Yarn(ConfigReader scaling, double @base, int trainedLength)
    {
        double factor = scaling.PositiveNumber("factor");
        double mscale = scaling.Number("mscale", 0), mscaleAllDim = scaling.Number("mscale_all_dim", 0);
        double attention = mscale != 0 && mscaleAllDim != 0
            ? YarnRotary.Temperature(factor, mscale) / YarnRotary.Temperature(factor, mscaleAllDim)
            : YarnRotary.Temperature(factor);
        return new YarnRotary(@base, factor, trainedLength, (float)scaling.Number("attention_factor", attention),
            scaling.PositiveNumber("beta_fast", 32), scaling.PositiveNumber("beta_slow", 1), scaling.Flag("truncate", true));
    }

    // The stretch is what the longer context says, not the key `factor`: Phi-3's files leave that key away or set it otherwise.
    private static LongRotary Long(ConfigReader scaling, double @base, int maxPositions, int trainedLength)
    {
        double factor = trainedLength < maxPositions ? (double)maxPositions / trainedLength : scaling.Number("factor", 1);
        scaling.Number("factor", factor);
        double attention = factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(trainedLength));
        foreach (string key in (string[])["short_factor", "long_factor"])
            if (scaling.Numbers(key).Any(value => !(value > 0 && float.IsFinite(value))))
                throw scaling.Bad(key, "numbers above 0 are needed");
        return new LongRotary(@base, scaling.Numbers("short_factor"), scaling.Numbers("long_factor"), trainedLength,
            (float)scaling.Number("attention_factor", attention));
    }
}
