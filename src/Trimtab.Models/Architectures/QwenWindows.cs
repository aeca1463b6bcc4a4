using Trimtab.Models.Gguf;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>The Qwen family's rule for windows: `sliding_window` counts only under `use_sliding_window`, and only from layer `max_window_layers` on.</summary>
internal static class QwenWindows
{
    public static Func<int, int> Read(ConfigReader config, int layers)
    {
        config.Require("use_mrope", "false", "positions are those of text");
        bool used = config.Flag("use_sliding_window", false);
        int firstSliding = config.Int("max_window_layers", layers);
        var windows = LayerWindows.Read(config, layers, slides: layer => layer >= firstSliding);
        return used ? windows : _ => 0;
    }

    /// <summary>The same in GGUF, which states the layers one by one or by a period.</summary>
    public static GgufField Gguf => GgufFields.Windows(slides: _ => true, switchKey: "use_sliding_window");
}
