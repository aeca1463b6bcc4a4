using System.Globalization;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Training.Prevention;

namespace Trimtab.Cli;

/// <summary>VECTOR@LAYER: a vector file, and the block at whose output its direction is meant.</summary>
/// <param name="Vector">The vector.</param>
/// <param name="At">The output of the block.</param>
internal sealed record LayerVector(SteeringVector Vector, HookPoint At)
{
    /// <summary>Reads the vector that an option names.</summary>
    /// <exception cref="FormatException">The text is not understood.</exception>
    public static LayerVector Parse(string option, string text)
    {
        int at = text.LastIndexOf('@');
        if (at <= 0 || !int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
            throw new FormatException($"{option}: '{text}' is not understood. Write VECTOR@LAYER, such as evil.safetensors@3.");
        return new LayerVector(SteeringVector.Load(text[..at]), HookPoint.ResidPost(layer));
    }

    /// <summary>Reads VECTOR@LAYER:WEIGHT as the price on moving along it.</summary>
    /// <exception cref="FormatException">The text is not understood.</exception>
    public static ProjectionPenalty ParsePenalty(string option, string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
            throw new FormatException($"{option}: '{text}' is not understood. Write VECTOR@LAYER:WEIGHT, such as evil.safetensors@3:0.5.");
        var (vector, at) = Parse(option, text[..colon]);
        return new ProjectionPenalty(Direction.Of(vector), at, weight);
    }
}
