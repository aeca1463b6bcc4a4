using System.Globalization;
using System.Numerics;

namespace Trimtab.Training;

/// <summary>The numbers that options of training take: each is given back, or refused with what is possible.</summary>
internal static class TrainingNumber
{
    /// <summary>A whole number from 1.</summary>
    public static T Counted<T>(T value, string what) where T : IBinaryInteger<T> =>
        value >= T.One ? value : throw new ArgumentException($"Training: {value} {what} were asked for — at least one is needed.", nameof(value));

    /// <summary>A finite number above 0.</summary>
    public static double Positive(double value, string what) => value > 0 && double.IsFinite(value) ? value : throw Refused(value, what, "above 0");

    /// <summary>A finite number from 0.</summary>
    public static double NotNegative(double value, string what) => value >= 0 && double.IsFinite(value) ? value : throw Refused(value, what, "from 0");

    private static ArgumentException Refused(double value, string what, string range) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Training: {what} is {value} — it must be a number {range}."), nameof(value));
}
