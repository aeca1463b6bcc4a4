using Trimtab.Evaluation.Metrics;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>A row by its place among all.</summary>
/// <param name="Line">Its line in the data.</param>
/// <param name="Difference">Its projection difference.</param>
public readonly record struct RankedRow(int Line, float Difference);

/// <summary>
/// From which difference on a row is flagged. The threshold is the k-th smallest difference of n reference rows, k = ⌈(1 − rate) · (n + 1)⌉: of rows that are drawn as the reference was, at most this rate is flagged on average
/// (conformal quantile, Vovk et al. 2005).
/// </summary>
/// <param name="Rate">The false-positive rate, 0 … 1.</param>
/// <param name="Threshold">A row is flagged where its difference is larger.</param>
/// <param name="Reference">The differences of the reference rows, ascending.</param>
public sealed record FlagRule(double Rate, double Threshold, IReadOnlyList<double> Reference)
{
    // The rate times a whole number, which rounding may leave a little below the whole number that it is.
    private const double Rounding = 1e-9;

    /// <summary>The rule of some reference differences.</summary>
    /// <param name="rate">The false-positive rate, between 0 and 1.</param>
    /// <param name="reference">The differences of rows that are as they should be.</param>
    /// <exception cref="ArgumentException">The rate is out of range, or there are too few rows to tell a threshold for it.</exception>
    public static FlagRule Of(double rate, IEnumerable<double> reference)
    {
        if (!(rate > 0 && rate < 1))
            throw new ArgumentException(FormattableString.Invariant($"Flags: a false-positive rate of {rate} was asked for — it must lie between 0 and 1."), nameof(rate));
        double[] sorted = [.. reference.Order()];
        int beyond = (int)(rate * (sorted.Length + 1) + Rounding);
        return beyond >= 1 ? new FlagRule(rate, sorted[sorted.Length - beyond], sorted)
            : throw new ArgumentException(FormattableString.Invariant(
                $"Flags: {sorted.Length} reference rows are too few for a false-positive rate of {rate} — at least {(int)Math.Ceiling(1 / rate - Rounding) - 1} are needed. Give more, or allow a larger rate."), nameof(reference));
    }
}

/// <summary>What a screening found for a trait.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="Difference">The data set's projection difference: the mean over its rows, with a bootstrap interval.</param>
/// <param name="Ranking">All rows that have scores, the largest difference first.</param>
/// <param name="Flags">From which difference on rows are flagged; null without reference data.</param>
public sealed record TraitSummary(string Trait, Estimate Difference, IReadOnlyList<RankedRow> Ranking, FlagRule? Flags)
{
    /// <summary>The rows above the threshold, the largest difference first; none without reference data.</summary>
    public IEnumerable<RankedRow> Flagged => Flags is { } rule ? Ranking.TakeWhile(row => row.Difference > rule.Threshold) : [];
}

/// <summary>What a screening found. It holds eight bytes for each row and trait, whatever the rows' length.</summary>
/// <param name="Settings">What decided the scores.</param>
/// <param name="Traits">What was found for each trait.</param>
/// <param name="Problems">The rows that have no scores, in the order of the data.</param>
public sealed record ScreenSummary(ScreenSettings Settings, IReadOnlyList<TraitSummary> Traits, IReadOnlyList<DataProblem> Problems)
{
    /// <summary>Sums up a file of scores.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="reference">Scores of rows that are as they should be, of the same settings but for the data; null for a ranking without flags.</param>
    /// <param name="rate">The false-positive rate of flags.</param>
    /// <exception cref="FormatException">A file is not complete, no row of one can be used, or the reference has other settings.</exception>
    /// <exception cref="ArgumentException">The reference has too few rows for the rate.</exception>
    public static ScreenSummary Of(ScoreFile scores, ScoreFile? reference = null, double rate = 0.05)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (reference is not null && Unlike(scores.Settings, reference.Settings) is { } difference)
            throw new FormatException($"Flags: the reference was screened in another way than the data — {difference}. Screen it again as the data.");
        var (rankings, problems) = Read(scores);
        var normal = reference is null ? null : Read(reference).Rankings;
        return new ScreenSummary(scores.Settings, [.. rankings.Select(ranking => new TraitSummary(ranking.Key, Estimate.OfMean([.. ranking.Value.OrderBy(row => row.Line).Select(row => (double)row.Difference)]), ranking.Value,
            normal is null ? null : FlagRule.Of(rate, normal[ranking.Key].Select(row => (double)row.Difference))))], problems);
    }

    private static string? Unlike(ScreenSettings data, ScreenSettings reference) => (reference with { Data = data.Data, Rows = data.Rows }).DifferenceFrom(data)
        ?? ((reference.Proxy ?? []).SequenceEqual(data.Proxy ?? []) ? null : "the line of its proxy is another");

    private static (Dictionary<string, List<RankedRow>> Rankings, List<DataProblem> Problems) Read(ScoreFile scores)
    {
        var rankings = scores.Settings.Traits.ToDictionary(trait => trait.Name, _ => new List<RankedRow>());
        var problems = new List<DataProblem>();
        foreach (var row in scores.Rows())
        {
            if (row.Problem is { } problem)
                problems.Add(new DataProblem(row.Line, problem, row.Reason ?? ""));
            foreach (var (trait, score) in row.Scores ?? new Dictionary<string, TraitScore>())
                rankings[trait].Add(new RankedRow(row.Line, score.Difference));
        }
        if (rankings.Values.First().Count == 0)
            throw new FormatException($"Screen: of {scores.ExpectedRows} rows none can be used{(problems.Count > 0 ? $" ({problems.Counts()}); line {problems[0].Line}: {problems[0].Reason.TrimEnd('.')}" : "")}. Rows with a prompt and an answer are needed.");
        foreach (var ranking in rankings.Values)
            ranking.Sort((one, other) => (other.Difference, one.Line).CompareTo((one.Difference, other.Line)));
        return (rankings, problems);
    }
}
