namespace Trimtab.Evaluation.Metrics;

/// <summary>How two measures go together: Pearson's r, from −1 to 1, with the percentile interval of resampled cases (bootstrap, Efron 1979).</summary>
public static class Correlation
{
    private const int Resamples = 2000;

    /// <summary>r = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² · Σ (y − ȳ)²); null where one of them does not vary, or for fewer than 3 cases.</summary>
    public static double? Pearson(IReadOnlyList<(double X, double Y)> cases)
    {
        if (cases.Count < 3)
            return null;
        double meanX = cases.Average(pair => pair.X), meanY = cases.Average(pair => pair.Y), both = 0, x = 0, y = 0;
        foreach (var pair in cases)
        {
            both += (pair.X - meanX) * (pair.Y - meanY);
            x += (pair.X - meanX) * (pair.X - meanX);
            y += (pair.Y - meanY) * (pair.Y - meanY);
        }
        return x > 0 && y > 0 ? both / Math.Sqrt(x * y) : null;
    }

    /// <summary>r of some cases; null as for <see cref="Pearson"/>.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="seed">Decides the resampling.</param>
    public static Estimate? Of(IReadOnlyList<(double X, double Y)> cases, int seed = 1) => Within([cases], seed);

    /// <summary>The mean of r within groups, each with its own cases; groups without an r are left away. Cases are resampled within their groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="seed">Decides the resampling.</param>
    /// <returns>The estimate, its count that of all cases; null where no group has an r.</returns>
    public static Estimate? Within(IReadOnlyList<IReadOnlyList<(double X, double Y)>> groups, int seed = 1)
    {
        var varying = groups.Where(cases => Pearson(cases) is not null).ToList();
        if (varying.Count == 0)
            return null;
        var random = new Random(seed);
        double[] again = [.. Enumerable.Range(0, Resamples).Select(_ => MeanOf(varying.Select(cases => Pearson(Resampled(cases, random))))).OfType<double>().Order()];
        double value = MeanOf(varying.Select(Pearson))!.Value;
        return again.Length == 0 ? new Estimate(value, -1, 1, varying.Sum(cases => cases.Count))
            : new Estimate(value, again[(int)(0.025 * again.Length)], again[Math.Max(0, (int)(0.975 * again.Length) - 1)], varying.Sum(cases => cases.Count));
    }

    /// <summary>r and its interval, to two places.</summary>
    public static string Text(Estimate r)
    {
        ArgumentNullException.ThrowIfNull(r);
        return FormattableString.Invariant($"{r.Value:F2} [{r.Low:F2}, {r.High:F2}]");
    }

    private static (double X, double Y)[] Resampled(IReadOnlyList<(double X, double Y)> cases, Random random) => [.. Enumerable.Range(0, cases.Count).Select(_ => cases[random.Next(cases.Count)])];

    private static double? MeanOf(IEnumerable<double?> values) => values.OfType<double>().ToList() is { Count: > 0 } found ? found.Average() : null;
}
