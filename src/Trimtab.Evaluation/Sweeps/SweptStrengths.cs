using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>The strengths of a sweep, which stand on one axis and so have one unit, and how they are called.</summary>
public static class SweptStrengths
{
    /// <summary>What is tried where nothing else is said: fractions of the residual norm, which mean the same at every layer.</summary>
    public static IReadOnlyList<Strength> Usual { get; } = [.. ((float[])[0.1f, 0.2f, 0.3f, 0.45f, 0.6f, 0.8f]).Select(Strength.OfNorm)];

    /// <summary>A strength with its unit, in words.</summary>
    /// <param name="strength">The number.</param>
    /// <param name="isRaw">Whether it is a raw coefficient, and not a fraction of the residual norm.</param>
    public static string InWords(float strength, bool isRaw) => isRaw ? FormattableString.Invariant($"{strength:0.##} times the vector") : FormattableString.Invariant($"{strength:0.##} of the residual norm");

    /// <summary>What an axis of such arms' strengths shows.</summary>
    internal static string Axis(bool isRaw) => isRaw ? "strength, as a factor of the vector" : "strength, as a fraction of the residual norm";

    /// <summary>A strength that an arm keeps as a number and its unit.</summary>
    internal static Strength Of(float strength, bool isRaw) => isRaw ? Strength.Raw(strength) : Strength.OfNorm(strength);

    /// <summary>The strengths, if they have one unit.</summary>
    /// <exception cref="ArgumentException">There is none, or there are both units.</exception>
    internal static IReadOnlyList<Strength> InOneUnit(IReadOnlyList<Strength> strengths) => strengths.Select(strength => strength.IsOfNorm).Distinct().Count() == 1 ? strengths
        : throw new ArgumentException($"Sweep: the strengths are {(strengths.Count == 0 ? "none" : string.Join(", ", strengths))} — expected one or more, all in one unit. Write fractions of the residual norm such as 0.4n, or raw coefficients such as raw:2.5.", nameof(strengths));
}
