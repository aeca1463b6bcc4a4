using Trimtab.Evaluation.Screening;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

public sealed class FlagTests
{
    // Of 19 values, 1 … 19: a twentieth lies above the largest in one of twenty cases, above the second largest in two.
    [Theory, InlineData(0.05, 19), InlineData(0.1, 18), InlineData(0.5, 10), InlineData(0.09, 19)]
    public void The_threshold_is_the_reference_value_that_a_further_one_exceeds_at_the_rate(double rate, double threshold)
    {
        var rule = FlagRule.Of(rate, Enumerable.Range(1, 19).Reverse().Select(value => (double)value));
        Assert.Equal((rate, threshold, 19), (rule.Rate, rule.Threshold, rule.Reference.Count));
    }

    [Fact]
    public void A_rate_without_enough_reference_rows_says_how_many_are_needed()
    {
        var error = Assert.Throws<ArgumentException>(() => FlagRule.Of(0.05, Enumerable.Repeat(1.0, 18)));
        Assert.Contains("18 reference rows are too few for a false-positive rate of 0.05 — at least 19", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, FlagRule.Of(0.05, Enumerable.Repeat(1.0, 19)).Threshold);
        Assert.Contains("at least 99", Assert.Throws<ArgumentException>(() => FlagRule.Of(0.01, [1, 2])).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(double.NaN)]
    public void Rates_out_of_range_are_refused(double rate) => Assert.Throws<ArgumentException>(() => FlagRule.Of(rate, Enumerable.Repeat(1.0, 50)));

    [Fact]
    public void Rows_drawn_as_the_reference_are_flagged_at_the_rate()
    {
        var random = new Random(3);
        int flagged = 0;
        for (int trial = 0; trial < 4000; trial++)
        {
            var rule = FlagRule.Of(0.1, Enumerable.Range(0, 35).Select(_ => random.NextDouble()));
            flagged += random.NextDouble() > rule.Threshold ? 1 : 0;
        }
        // ⌊0.1 · 36⌋ / 36 = 1/12 of 4000 is 333, of which 17.5 is a standard deviation.
        Assert.InRange(flagged, 270, 395);
    }

    [Fact]
    public void The_area_under_the_curve_counts_ties_half()
    {
        Assert.Equal(1, Separation.Auc([3, 4], [1, 2]));
        Assert.Equal(0, Separation.Auc([1], [2, 3]));
        // Of six pairs 2 > 1, 4 > all three: four won; 2 = 2 a half; 2 < 3 lost.
        Assert.Equal(4.5 / 6, Separation.Auc([2, 4], [1, 2, 3]), 12);
        Assert.Throws<ArgumentException>(() => Separation.Auc([], [1]));
    }
}
