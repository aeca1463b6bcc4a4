using System.Globalization;
using System.Text.RegularExpressions;

namespace Trimtab.Models.Adapters;

/// <summary>What a low-rank adapter is: which layers it adds to, and how much (LoRA, Hu et al. 2021, arXiv 2106.09685).</summary>
public sealed record LoraOptions
{
    /// <summary>r, the width of the bottleneck. 8 to 32 is usual.</summary>
    public int Rank
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"LoRA: the rank is {value} — it must be 1 or more.", nameof(value));
    } = 16;

    /// <summary>α: what the layer adds is scaled by α/r, or α/√r under <see cref="RankStabilised"/>.</summary>
    public double Alpha
    {
        get;
        init => field = double.IsFinite(value) ? value : throw new ArgumentException("LoRA: alpha must be a finite number.", nameof(value));
    } = 32;

    /// <summary>Scale by α/√r rather than α/r (rsLoRA, Kalajdzievski 2023, arXiv 2312.03732).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>The share of the adapter's inputs that a training pass leaves out; 0 … 1, 1 excluded.</summary>
    public double Dropout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"LoRA: the dropout is {value} — it must be 0 … 1, 1 excluded."), nameof(value));
    }

    /// <summary>
    /// The layers by the last parts of their names ("q_proj"), or by whole names. By default none, which stands for every matrix product of the model's blocks but routers; a
    /// new adapter's options name them.
    /// </summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>A regular expression that the whole name of a layer must match, in place of <see cref="Targets"/>; null for none.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>The factor on what a layer of the given rank adds.</summary>
    public float Scale => (float)(Alpha / (RankStabilised ? Math.Sqrt(Rank) : Rank));

    /// <summary>Whether the layer of a name is adapted.</summary>
    public bool Selects(string layer) => TargetPattern is null
        ? Targets.Any(target => IsNamed(layer, target))
        : Regex.IsMatch(layer, $"^(?:{TargetPattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Whether a target is the name of a layer or its last parts.</summary>
    internal static bool IsNamed(string layer, string target) => layer == target || layer.EndsWith($".{target}", StringComparison.Ordinal);
}
