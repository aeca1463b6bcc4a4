using Trimtab.Models.Layers;

namespace Trimtab.Models.Weights;

/// <summary>
/// Reads how rotary positions are scaled: `rope_theta` with `rope_scaling`, or the newer `rope_parameters` that holds both; with the legacy spellings
/// `type` for `rope_type` and `su` for `longrope`.
/// </summary>
public static class RotaryConfig
{
    /// <summary>The scaling that a configuration asks for.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="maxPositions">max_position_embeddings, which some scalings refer to.</param>
    /// <param name="defaultBase">θ where the configuration gives none.</param>
    /// <exception cref="ModelFormatException">The type or one of its keys is not understood.</exception>
    public static RotaryScaling Read(ConfigReader config, int maxPositions, double defaultBase = 10000)
    {
        double @base = config.Number("rope_theta", defaultBase);
        var trainedLength = config.Has("original_max_position_embeddings") ? config.Size("original_max_position_embeddings") : (int?)null;
        var scaling = config.Object("rope_parameters") ?? config.Object("rope_scaling");
        if (scaling is null)
            return new PlainRotary(@base);
        var result = Read(scaling, scaling.Number("rope_theta", @base), maxPositions, trainedLength);
        scaling.RequireAllRead();
        return result;
    }

    /// <summary>The scaling that one `rope_scaling` object asks for.</summary>
    internal static RotaryScaling Read(ConfigReader scaling, double @base, int maxPositions, int? outerTrainedLength)
    {
        string type = scaling.Text("rope_type", scaling.Text("type", "default"));
        scaling.Text("type", type);
        scaling.Number("partial_rotary_factor", 1);
        int TrainedLength() => scaling.Size("original_max_position_embeddings", outerTrainedLength ?? maxPositions);
        return type switch
        {
            "default" => new PlainRotary(@base),
            "linear" => new LinearRotary(@base, scaling.Number("factor")),
            "dynamic" => new DynamicRotary(@base, scaling.Number("factor"), TrainedLength()),
            "llama3" => new Llama3Rotary(@base, scaling.Number("factor"), scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor"), TrainedLength()),
            "yarn" => Yarn(scaling, @base, TrainedLength()),
            "longrope" or "su" => Long(scaling, @base, maxPositions, TrainedLength()),
            // Not a published type: what a GGUF file holds of a stretching whose settings it does not name.
            "factors" => new FactoredRotary(@base, scaling.Numbers("factors")),
            _ => throw scaling.Bad(scaling.Has("rope_type") ? "rope_type" : "type", "known types are default, linear, dynamic, llama3, yarn, longrope and su"),
        };
    }

    private static YarnRotary Yarn(ConfigReader scaling, double @base, int trainedLength)
    {
        double factor = scaling.Number("factor");
        double mscale = scaling.Number("mscale", 0), mscaleAllDim = scaling.Number("mscale_all_dim", 0);
        double attention = mscale != 0 && mscaleAllDim != 0
            ? YarnRotary.Temperature(factor, mscale) / YarnRotary.Temperature(factor, mscaleAllDim)
            : YarnRotary.Temperature(factor);
        return new YarnRotary(@base, factor, trainedLength, (float)scaling.Number("attention_factor", attention),
            scaling.Number("beta_fast", 32), scaling.Number("beta_slow", 1), scaling.Flag("truncate", true));
    }

    // The stretch is what the longer context says, not the key `factor`: Phi-3's files leave that key away or set it otherwise.
    private static LongRotary Long(ConfigReader scaling, double @base, int maxPositions, int trainedLength)
    {
        double factor = trainedLength < maxPositions ? (double)maxPositions / trainedLength : scaling.Number("factor", 1);
        scaling.Number("factor", factor);
        double attention = factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(trainedLength));
        return new LongRotary(@base, scaling.Numbers("short_factor"), scaling.Numbers("long_factor"), trainedLength,
            (float)scaling.Number("attention_factor", attention));
    }
}
