using Trimtab.Evaluation.Metrics;
using Xunit;

namespace Trimtab.Evaluation.Tests.Metrics;

public sealed class CorrelationTests
{
    // By hand: Σ (x − 2.5)(y − 3.5) = 5, Σ (x − 2.5)² = 5, Σ (y − 3.5)² = 9.
    private static readonly (double, double)[] Four = [(1, 2), (2, 4), (3, 2.5), (4, 5.5)];

    [Fact]
    public void Pearsons_r_is_that_of_its_formula()
    {
        double both = (1 - 2.5) * (2 - 3.5) + (2 - 2.5) * (4 - 3.5) + (3 - 2.5) * (2.5 - 3.5) + (4 - 2.5) * (5.5 - 3.5);
        double squares = (1.5 * 1.5 + 0.5 * 0.5 + 1 * 1 + 2 * 2) * (1.5 * 1.5 + 0.5 * 0.5 + 0.5 * 0.5 + 1.5 * 1.5);
        Assert.Equal(both / Math.Sqrt(squares), Correlation.Pearson(Four)!.Value, 1e-12);
        Assert.Equal(-1, Correlation.Pearson([(0, 3), (1, 2), (2, 1)])!.Value, 1e-12);
    }

    [Fact]
    public void Where_nothing_varies_or_next_to_nothing_was_seen_there_is_no_r()
    {
        Assert.Null(Correlation.Pearson([(1, 1), (2, 2)]));
        Assert.Null(Correlation.Pearson([(1, 5), (2, 5), (3, 5)]));
        Assert.Null(Correlation.Of([(4, 1), (4, 2), (4, 3)]));
    }

    [Fact]
    public void The_interval_holds_the_true_r_in_nineteen_of_twenty_samples()
    {
        int held = 0;
        for (int sample = 0; sample < 40; sample++)
        {
            var random = new Random(sample);
            double Normal() => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
            // y = 0.6 x + 0.8 noise has r = 0.6.
            var cases = Enumerable.Range(0, 60).Select(_ => Normal()).Select(x => (x, 0.6 * x + 0.8 * Normal())).ToArray();
            var estimate = Correlation.Of(cases, sample)!;
            held += estimate.Low <= 0.6 && 0.6 <= estimate.High ? 1 : 0;
        }
        Assert.InRange(held, 33, 40);
    }

    [Fact]
    public void Within_groups_what_sets_them_apart_does_not_count()
    {
        (double, double)[] low = [(0, 2), (1, 1), (2, 0)], high = [(10, 12), (11, 11), (12, 10)], still = [(5, 5), (6, 5), (7, 5)];
        Assert.True(Correlation.Of([.. low, .. high])!.Value > 0.9);
        var within = Correlation.Within([low, still, high])!;
        Assert.Equal((-1, 6), (within.Value, within.Count));
        Assert.Null(Correlation.Within([still]));
    }
}
