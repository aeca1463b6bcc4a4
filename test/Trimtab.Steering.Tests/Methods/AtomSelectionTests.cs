using Xunit;

namespace Trimtab.Steering.Tests.Methods;

public sealed class AtomSelectionTests
{
    // Scores: magnitudes 0.1 … 1 of frequency and amplitude in one order, all agreeing but the smallest, which scales to 0.
    private static readonly double[] Amplitude = [1, -0.9, 0.8, -0.7, 0.6, -0.5, 0.4, -0.3, 0.2, -0.1];
    private static readonly int[] Frequency = [10, -9, 8, -7, 6, -5, 4, -3, 2, -1];

    [Theory, InlineData(0.1, 2), InlineData(0.35, 4), InlineData(0.5, 6), InlineData(0.99, 10)]
    public void One_latent_more_is_kept_than_the_share_says(double keep, int expected) =>
        Assert.Equal(Enumerable.Range(0, 10).Select(j => j < expected), new AtomSelection { KeepFraction = keep }.Select(Amplitude, Frequency));

    [Fact]
    public void A_share_of_one_keeps_all_rather_than_reading_beyond_the_end() =>
        Assert.All(new AtomSelection { KeepFraction = 1 }.Select(Amplitude, Frequency), Assert.True);

    [Fact]
    public void Latents_that_tie_with_the_last_are_kept_as_well()
    {
        double[] amplitude = [4, 3, 2, 2, 2, 1];
        Assert.Equal([true, true, true, true, true, false], new AtomSelection { KeepFraction = 0.4, Criterion = AtomCriterion.Amplitude }.Select(amplitude, new int[6]));
    }

    [Fact]
    public void A_latent_whose_differences_disagree_leaks_where_few_latents_score_and_not_under_strict()
    {
        double[] amplitude = new double[50];
        int[] frequency = new int[50];
        (amplitude[3], frequency[3]) = (2, 5);
        (amplitude[7], frequency[7]) = (-1.9, -4);
        (amplitude[9], frequency[9]) = (1.8, -3);
        Assert.Equal([3, 7, 9], Weighted(new AtomSelection(), amplitude, frequency));
        Assert.Equal([3, 7], Weighted(new AtomSelection { Strict = true }, amplitude, frequency));
        Assert.Equal([3, 7], Weighted(new AtomSelection { KeepFraction = 0.02 }, amplitude, frequency));
    }

    [Fact]
    public void The_criteria_are_tested_alone_or_together()
    {
        double[] amplitude = [5, 0.2, 4, 0.1];
        int[] frequency = [1, 9, 8, 0];
        var selection = new AtomSelection { KeepFraction = 0.3 };
        Assert.Equal([true, false, true, false], (selection with { Criterion = AtomCriterion.Amplitude }).Select(amplitude, frequency));
        Assert.Equal([false, true, true, false], (selection with { Criterion = AtomCriterion.Frequency }).Select(amplitude, frequency));
        Assert.Equal([false, false, true, false], selection.Select(amplitude, frequency));
    }

    [Fact]
    public void One_sided_keeps_only_what_wanted_answers_have_more_of()
    {
        double[] signs = [1, 0, 1, 0, 1, 0, 1, 0, 1, 0];
        Assert.Equal(signs.Select(sign => sign > 0), new AtomSelection { KeepFraction = 1, OneSided = true }.Select(Amplitude, Frequency));
    }

    [Fact]
    public void Latents_of_one_magnitude_score_nothing_and_make_no_NaN()
    {
        var selection = new AtomSelection { Criterion = AtomCriterion.Frequency };
        Assert.All(selection.Select([1, 1, -1], [2, 2, 2]), Assert.True);
        Assert.All((selection with { Strict = true }).Select([1, 1, -1], [2, 2, 2]), Assert.False);
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new AtomSelection { KeepFraction = 0 });
        Assert.Throws<ArgumentException>(() => new AtomSelection { KeepFraction = 1.01 });
        Assert.Throws<ArgumentException>(() => new AtomSelection().Select([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new AtomSelection().Select([], []));
    }

    [Fact]
    public void An_answer_counts_once_however_often_a_latent_fires_in_it()
    {
        var statistics = new AtomStatistics(3);
        statistics.Add([0.5f, 0, 0.25f], [0, 2, 0.25f]);
        statistics.Add([1.5f, 0, 0], [0, 0, 0.75f]);
        Assert.Equal([1, -1, -0.375], statistics.AmplitudeDifference);
        Assert.Equal([2, -1, -1], statistics.FrequencyDifference);
        Assert.Throws<InvalidOperationException>(() => new AtomStatistics(3).AmplitudeDifference);
        Assert.Throws<ArgumentException>(() => statistics.Add([1], [1, 2, 3]));
    }

    private static IEnumerable<int> Weighted(AtomSelection selection, double[] amplitude, int[] frequency)
    {
        bool[] kept = selection.Select(amplitude, frequency);
        return Enumerable.Range(0, kept.Length).Where(j => kept[j] && amplitude[j] != 0);
    }
}
