using System.Globalization;

namespace Trimtab.Evaluation.Metrics;

/// <summary>A measured value and the interval that holds the true one in 95 of 100 repetitions.</summary>
/// <param name="Value">What was measured.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="Count">How many cases it rests on.</param>
public sealed record Estimate(double Value, double Low, double High, int Count)
{
    private const double Z = 1.959964;
    private const int Resamples = 2000;

    /// <summary>The share of successes, in percent, with Wilson's interval (Wilson 1927), which holds near 0 and 100 as well.</summary>
    /// <exception cref="ArgumentException">There are no cases.</exception>
    public static Estimate OfShare(int successes, int count)
    {
        if (count < 1 || successes < 0 || successes > count)
            throw new ArgumentException($"Estimate: {successes} of {count} cases — at least one case is needed, and no more successes than cases.", nameof(count));
        double p = (double)successes / count, centre = (p + Z * Z / (2 * count)) / (1 + Z * Z / count);
        double half = Z * Math.Sqrt(p * (1 - p) / count + Z * Z / (4.0 * count * count)) / (1 + Z * Z / count);
        return new Estimate(100 * p, 100 * Math.Max(0, centre - half), 100 * Math.Min(1, centre + half), count);
    }

    /// <summary>The mean, with the percentile interval of means of resampled cases (bootstrap, Efron 1979).</summary>
    /// <param name="values">The cases.</param>
    /// <param name="seed">Decides the resampling.</param>
    /// <exception cref="ArgumentException">There are no cases.</exception>
    public static Estimate OfMean(IReadOnlyList<double> values, int seed = 1)
    {
        if (values.Count == 0)
            throw new ArgumentException("Estimate: there are no cases. At least one is needed.", nameof(values));
        var random = new Random(seed);
        double[] means = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            double sum = 0;
            for (int j = 0; j < values.Count; j++)
                sum += values[random.Next(values.Count)];
            means[i] = sum / values.Count;
        }
        Array.Sort(means);
        return new Estimate(values.Average(), means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples) - 1], values.Count);
    }

    /// <summary>
    /// How much larger this is than another measure, from their intervals alone (Newcombe 1998): d = a − b, from d − √((a − a_low)² + (b_high − b)²) to d + √((a_high − a)² + (b − b_low)²). It rests on as many cases as the smaller of
    /// the two. Of measures of the same cases it is wider than need be: take the mean of their differences instead.
    /// </summary>
    public Estimate Minus(Estimate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        double difference = Value - other.Value;
        return new Estimate(difference, difference - double.Hypot(Value - Low, other.High - other.Value), difference + double.Hypot(High - Value, other.Value - other.Low), Math.Min(Count, other.Count));
    }

    /// <summary>The value and its interval, to one place.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:F1} [{Low:F1}, {High:F1}]");
}
