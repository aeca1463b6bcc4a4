using Trimtab.Evaluation.Metrics;
using Xunit;

namespace Trimtab.Evaluation.Tests.Metrics;

public sealed class EstimateTests
{
    // Wilson's interval by hand: for 8 of 10 (0.490, 0.943), for 0 of 20 (0, 0.161).
    [Theory, InlineData(8, 10, 80, 49.0, 94.3), InlineData(0, 20, 0, 0, 16.1), InlineData(20, 20, 100, 83.9, 100)]
    public void A_share_has_Wilsons_interval(int successes, int count, double value, double low, double high)
    {
        var estimate = Estimate.OfShare(successes, count);
        Assert.Equal((value, count), (estimate.Value, estimate.Count));
        Assert.Equal(low, estimate.Low, 0.05);
        Assert.Equal(high, estimate.High, 0.05);
    }

    [Fact]
    public void The_interval_of_a_mean_holds_it_in_nineteen_of_twenty_samples()
    {
        int held = 0;
        for (int sample = 0; sample < 200; sample++)
        {
            var random = new Random(sample);
            // Uniform on 0 … 100: the true mean is 50.
            var estimate = Estimate.OfMean([.. Enumerable.Range(0, 60).Select(_ => 100 * random.NextDouble())], seed: sample);
            held += estimate.Low <= 50 && 50 <= estimate.High ? 1 : 0;
        }
        Assert.InRange(held, 180, 198);
    }

    [Fact]
    public void Where_cases_of_a_group_resemble_each_other_groups_are_resampled()
    {
        var (byGroup, byCase) = (0, 0);
        for (int sample = 0; sample < 200; sample++)
        {
            var random = new Random(sample);
            // Twenty groups of eight cases that are the same but for a trifle; the true mean is 50.
            double[][] groups = [.. Enumerable.Range(0, 20).Select(_ => 100 * random.NextDouble()).ToArray().Select(centre => Enumerable.Range(0, 8).Select(_ => centre + random.NextDouble() - 0.5).ToArray())];
            byGroup += Holds(Estimate.OfGroups(groups, sample));
            byCase += Holds(Estimate.OfMean([.. groups.SelectMany(group => group)], sample));
        }
        Assert.InRange(byGroup, 176, 198);
        Assert.True(byCase < 120, $"{byCase} of 200");

        static int Holds(Estimate estimate) => estimate.Low <= 50 && 50 <= estimate.High ? 1 : 0;
    }

    [Fact]
    public void Groups_of_one_case_are_cases_and_larger_ones_weigh_by_theirs()
    {
        Assert.Equal(Estimate.OfMean([1, 5, 9, 2]), Estimate.OfGroups([[1], [5], [], [9], [2]]));
        var estimate = Estimate.OfGroups([[0, 0, 0], [100]]);
        Assert.Equal((25.0, 4), (estimate.Value, estimate.Count));
        Assert.Equal((0.0, 100.0), (estimate.Low, estimate.High));
        Assert.Throws<ArgumentException>(() => Estimate.OfGroups([[]]));
    }

    [Fact]
    public void No_estimate_is_written_as_a_dash_and_lies_above_and_below_nothing()
    {
        Assert.Equal("–", $"{Estimate.None}");
        Assert.True(Estimate.None.IsNone && !Estimate.OfMean([0]).IsNone);
        Assert.False(Estimate.None.Low > 0 || Estimate.None.High < 100 || Estimate.None.Value >= 0);
    }

    [Fact]
    public void The_same_values_and_seed_give_the_same_interval() => Assert.Equal(Estimate.OfMean([1, 5, 9, 2]), Estimate.OfMean([1, 5, 9, 2]));

    // Newcombe 1998, table II, example (a): 56 of 70 against 48 of 80 give 0.2000, from 0.0524 to 0.3339.
    [Fact]
    public void A_difference_of_shares_has_Newcombes_interval()
    {
        var difference = Estimate.OfShare(56, 70).Minus(Estimate.OfShare(48, 80));
        Assert.Equal((20.0, 70), (Math.Round(difference.Value, 9), difference.Count));
        Assert.Equal(5.24, difference.Low, 0.01);
        Assert.Equal(33.39, difference.High, 0.01);
    }

    [Fact]
    public void Nothing_has_no_estimate()
    {
        Assert.Throws<ArgumentException>(() => Estimate.OfMean([]));
        Assert.Throws<ArgumentException>(() => Estimate.OfShare(0, 0));
        Assert.Throws<ArgumentException>(() => Estimate.OfShare(3, 2));
    }
}
