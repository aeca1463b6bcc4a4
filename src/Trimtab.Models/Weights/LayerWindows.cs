namespace Trimtab.Models.Weights;

/// <summary>Which layers see a sliding window only: by the newer key `layer_types`, or by the family's own rule.</summary>
public static class LayerWindows
{
    /// <summary>The window of a layer, 0 for the whole context. A function, not a list: a file may claim any number of layers.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layers">How many layers there are.</param>
    /// <param name="slides">The family's rule where `layer_types` is absent.</param>
    /// <exception cref="ModelFormatException">A layer type is not known, or their number is wrong.</exception>
    public static Func<int, int> Read(ConfigReader config, int layers, Func<int, bool> slides)
    {
        int window = config.Has("sliding_window") ? config.Size("sliding_window") : 0;
        config.Node("sliding_window");
        string[] types = config.Texts("layer_types");
        if (types.Length == 0)
            return layer => slides(layer) ? window : 0;
        if (types.Length != layers)
            throw config.Bad("layer_types", $"{layers} layers need {layers} types");
        int[] windows = [.. types.Select(type => type switch
        {
            "full_attention" => 0,
            "sliding_attention" when window > 0 => window,
            "sliding_attention" => throw config.Bad("layer_types", "sliding layers need sliding_window"),
            _ => throw config.Bad("layer_types", $"the type {type} is not known; known are full_attention and sliding_attention"),
        })];
        return layer => windows[layer];
    }
}
