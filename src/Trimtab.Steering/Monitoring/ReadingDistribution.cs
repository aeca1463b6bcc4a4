using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Trimtab.Steering.Monitoring;

/// <summary>What one kind of reading is on reference traffic.</summary>
/// <param name="Count">How many were read.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation, above 0.</param>
/// <param name="Percentiles">101 values: the percentiles 0, 1, … 100, ascending.</param>
public sealed record ReadingDistribution(int Count, double Mean, double Deviation, ImmutableArray<float> Percentiles)
{
    /// <summary>z = (value − mean) / deviation.</summary>
    public double Z(double value) => (value - Mean) / Deviation;

    /// <summary>The share of reference readings below a value, in percent, 0 … 100; between two percentiles by the straight line.</summary>
    public double Percentile(double value)
    {
        if (value < Percentiles[0])
            return 0;
        int below = 100;
        while (Percentiles[below] > value)
            below--;
        return below == 100 ? 100 : below + (value - Percentiles[below]) / (Percentiles[below + 1] - Percentiles[below]);
    }

    /// <summary>The coordinate that a threshold means.</summary>
    public double At(MonitorLevel level) => level.Unit switch
    {
        MonitorUnit.Raw => level.Value,
        MonitorUnit.Deviations => Mean + level.Value * Deviation,
        _ => Quantile(level.Value),
    };

    internal static ReadingDistribution Read(PlanMembers members)
    {
        var read = new ReadingDistribution(members.Whole("count"), members.Number("mean"), members.Number("deviation"), [.. members.Numbers("percentiles")]);
        members.RequireAllRead();
        if (read.Deviation <= 0)
            throw members.Bad("deviation", "it must be above 0");
        bool isAscending = read.Percentiles.Length == 101 && read.Percentiles.Zip(read.Percentiles.Skip(1)).All(pair => pair.First <= pair.Second);
        return isAscending ? read : throw members.Bad("percentiles", "101 ascending numbers are needed");
    }

    internal JsonObject ToJson() => new() { ["count"] = Count, ["mean"] = Mean, ["deviation"] = Deviation, ["percentiles"] = DirectionForm.Numbers(Percentiles.AsSpan()) };

    private double Quantile(double percent)
    {
        int below = Math.Min((int)percent, 99);
        return Percentiles[below] + (percent - below) * (Percentiles[below + 1] - Percentiles[below]);
    }
}

/// <summary>
/// Gathers readings for a distribution: mean and deviation of all of them (Welford 1962), percentiles of a sample that memory does not outgrow (reservoir sampling, Vitter 1985, algorithm R). Up to the size of the sample the percentiles are
/// exact.
/// </summary>
/// <param name="seed">Decides which readings are sampled.</param>
internal sealed class ReadingSample(int seed)
{
    private const int Most = 1 << 16;

    private readonly Random _random = new(seed);
    private readonly List<float> _sample = [];
    private int _count;
    private double _mean, _squares;

    public void Add(float value)
    {
        _count++;
        double delta = value - _mean;
        _mean += delta / _count;
        _squares += delta * (value - _mean);
        if (_sample.Count < Most)
            _sample.Add(value);
        else if (_random.Next(_count) is < Most and var place)
            _sample[place] = value;
    }

    /// <summary>The distribution.</summary>
    /// <param name="of">What was read, for the message.</param>
    /// <exception cref="InvalidOperationException">Fewer than two different readings.</exception>
    public ReadingDistribution Build(string of)
    {
        double deviation = _count > 1 ? Math.Sqrt(_squares / (_count - 1)) : 0;
        if (deviation <= 0)
            throw new InvalidOperationException($"Calibration: {_count} readings of {of} do not differ, so no deviation can be told from them. Give more conversations.");
        float[] sorted = [.. _sample.Order()];
        return new ReadingDistribution(_count, _mean, deviation, [.. Enumerable.Range(0, 101).Select(percent => At(sorted, percent))]);
    }

    private static float At(float[] sorted, int percent)
    {
        double place = percent / 100.0 * (sorted.Length - 1);
        int below = Math.Min((int)place, sorted.Length - 2);
        return (float)(sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]));
    }
}
