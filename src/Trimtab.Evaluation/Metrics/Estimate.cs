using System.Globalization;
using System.Text.Json.Serialization;

namespace Trimtab.Evaluation.Metrics;

/// <summary>A measured value and the interval that holds the true one in 95 of 100 repetitions.</summary>
/// <param name="Value">What was measured.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="Count">How many cases it rests on; 0 for <see cref="None"/>.</param>
public sealed record Estimate(double Value, double Low, double High, int Count)
{
    private const double Z = 1.959964;
    private const int Resamples = 2000;

    /// <summary>No estimate, for there were no cases. Its numbers are none (NaN), so it lies neither above nor below anything; it is written as "–".</summary>
    public static Estimate None { get; } = new(double.NaN, double.NaN, double.NaN, 0);

    /// <summary>Whether there is no estimate.</summary>
    [JsonIgnore]
    public bool IsNone => double.IsNaN(Value);

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

    /// <summary>The mean, with the percentile interval of means of resampled cases (bootstrap, Efron 1979). Where all cases are equal it has no width, however few they are: what never varied cannot be resampled.</summary>
    /// <param name="values">The cases.</param>
    /// <param name="seed">Decides the resampling.</param>
    /// <exception cref="ArgumentException">There are no cases.</exception>
    public static Estimate OfMean(IReadOnlyList<double> values, int seed = 1) => OfSums([.. values.Select(value => (value, 1))], seed);

    /// <summary>
    /// The mean of all cases, where those of a group resemble each other, such as answers to one question: whole groups are resampled, so that the interval speaks of other groups and not only of other cases of the same ones. With
    /// some ten groups it is still somewhat narrow, and with one it has no width.
    /// </summary>
    /// <param name="groups">The cases of each group; groups without any are left away.</param>
    /// <param name="seed">Decides the resampling.</param>
    /// <exception cref="ArgumentException">There are no cases.</exception>
    public static Estimate OfGroups(IEnumerable<IReadOnlyCollection<double>> groups, int seed = 1) => OfSums([.. groups.Where(group => group.Count > 0).Select(group => (group.Sum(), group.Count))], seed);

    private static Estimate OfSums((double Sum, int Count)[] groups, int seed)
    {
        if (groups.Length == 0)
            throw new ArgumentException("Estimate: there are no cases. At least one is needed.", nameof(groups));
        var random = new Random(seed);
        double[] means = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            var (sum, count) = (0.0, 0);
            for (int j = 0; j < groups.Length; j++)
            {
                var group = groups[random.Next(groups.Length)];
                (sum, count) = (sum + group.Sum, count + group.Count);
            }
            means[i] = sum / count;
        }
        Array.Sort(means);
        int cases = groups.Sum(group => group.Count);
        return new Estimate(groups.Sum(group => group.Sum) / cases, means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples) - 1], cases);
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

    /// <summary>The value and its interval, to one place; "–" where there is none.</summary>
    public override string ToString() => IsNone ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Value:F1} [{Low:F1}, {High:F1}]");
}
