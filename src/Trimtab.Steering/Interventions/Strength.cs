using System.Globalization;

namespace Trimtab.Steering;

/// <summary>
/// How strongly a direction acts. The unit is part of the value: raw coefficients multiply the direction as it is stored; fractions of the norm do not depend on
/// its length and carry over between layers and models.
/// </summary>
public readonly record struct Strength
{
    private Strength(float value, bool isOfNorm) => (Value, IsOfNorm) = (value, isOfNorm);

    /// <summary>The number, in the unit that <see cref="IsOfNorm"/> names.</summary>
    public float Value { get; }

    /// <summary>True for a fraction of the mean residual norm, false for a raw coefficient.</summary>
    public bool IsOfNorm { get; }

    /// <summary>x + c · v, with the direction v as stored: residual units.</summary>
    public static Strength Raw(float coefficient) => new(Finite(coefficient), isOfNorm: false);

    /// <summary>
    /// x + f · r · v/‖v‖, where r is the mean norm of the residual stream that was recorded with the vector: 0.08 moves a typical activation by 8 % of its length.
    /// </summary>
    public static Strength OfNorm(float fraction) => new(Finite(fraction), isOfNorm: true);

    /// <summary>Reads `2.5` or `raw:2.5` as raw, and `0.08n` or `norm:0.08` as a fraction of the norm.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static Strength Parse(string text)
    {
        string number = text.StartsWith("raw:", StringComparison.Ordinal) ? text[4..] : text.StartsWith("norm:", StringComparison.Ordinal) ? text[5..] : text.EndsWith('n') ? text[..^1] : text;
        if (!float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
            throw new FormatException($"Strength: '{text}' is not understood. Write a raw coefficient such as 2.5, or a fraction of the residual norm such as 0.08n.");
        return text.StartsWith("norm:", StringComparison.Ordinal) || text.EndsWith('n') ? OfNorm(value) : Raw(value);
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture) + (IsOfNorm ? "n" : "");

    private static float Finite(float value) => float.IsFinite(value) ? value : throw new ArgumentException($"Strength: {value} is not a finite number.", nameof(value));
}
