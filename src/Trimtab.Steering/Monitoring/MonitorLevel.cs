using System.Globalization;

namespace Trimtab.Steering.Monitoring;

/// <summary>What a threshold is measured in.</summary>
public enum MonitorUnit
{
    /// <summary>The coordinate itself, in the length of the residual stream.</summary>
    Raw,
    /// <summary>Standard deviations from the mean of reference traffic.</summary>
    Deviations,
    /// <summary>The share of reference traffic that lies below, in percent.</summary>
    Percentile,
}

/// <summary>A threshold: <c>3.1</c> raw, <c>2.5z</c> in standard deviations, <c>99%</c> as a percentile of reference traffic.</summary>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
public readonly record struct MonitorLevel(double Value, MonitorUnit Unit)
{
    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is none, or a percentile lies outside 0 … 100.</exception>
    public static MonitorLevel Parse(string text)
    {
        var unit = text.EndsWith('z') ? MonitorUnit.Deviations : text.EndsWith('%') ? MonitorUnit.Percentile : MonitorUnit.Raw;
        string number = unit == MonitorUnit.Raw ? text : text[..^1];
        bool isNumber = double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value);
        return isNumber && (unit != MonitorUnit.Percentile || value is >= 0 and <= 100)
            ? new MonitorLevel(value, unit)
            : throw new FormatException($"Threshold: '{text}' is not understood. Write a coordinate such as 3.1, standard deviations such as 2.5z, or a percentile from 0% to 100%.");
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture) + (Unit switch { MonitorUnit.Deviations => "z", MonitorUnit.Percentile => "%", _ => "" });
}
