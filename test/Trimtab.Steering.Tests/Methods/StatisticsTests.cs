using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Steering.Tests.Methods;

/// <summary>The statistics behind the methods, against closed forms and on planted data.</summary>
public sealed class StatisticsTests
{
    [Fact]
    public void The_first_component_of_two_columns_is_the_closed_form()
    {
        // Σ x xᵀ = [[14, 8], [8, 6]]: eigenvalue 10 + √80, eigenvector (8, eigenvalue − 14).
        double[][] rows = [[3, 1], [1, 1], [2, 2]];
        double value = 10 + Math.Sqrt(80), length = Math.Sqrt(64 + (value - 14) * (value - 14));
        var (direction, share) = PrincipalComponent.First(rows);
        Near([8 / length, (value - 14) / length], Towards(direction, [1, 1]), 1e-12);
        Assert.Equal(value / 20, share, 1e-12);
    }

    [Theory, InlineData(40, 300), InlineData(200, 12)]
    public void A_planted_component_is_found_from_few_rows_or_many(int count, int width)
    {
        var random = new Random(3);
        double[] planted = Normalised(Noise(random, width, 1));
        double[][] rows = [.. Enumerable.Range(0, count).Select(_ => Plus(Noise(random, width, 0.1), planted, 6 * random.NextDouble() - 3))];
        Assert.True(Math.Abs(DoubleRows.Dot(planted, PrincipalComponent.First(rows).Direction)) > 0.99);
    }

    [Fact]
    public void Components_of_equal_size_still_give_a_unit_direction_and_no_component_at_all_is_refused()
    {
        Assert.Equal(1, DoubleRows.Length(PrincipalComponent.First([[1, 0, 0], [0, 1, 0]]).Direction), 1e-12);
        Assert.Throws<ArgumentException>(() => PrincipalComponent.First([[0, 0], [0, 0]]));
    }

    [Fact]
    public void Pairs_are_centred_one_by_one_and_the_sign_is_that_of_the_mean_difference()
    {
        // Questions differ far more than answers do; half of the pairs point the wrong way along a weaker axis.
        var random = new Random(4);
        double[] answer = [0, 0, 1, 0];
        var pairs = Enumerable.Range(0, 10).Select(_ => Noise(random, 4, 50)).ToArray();
        var rows = new ContrastRows([.. pairs.Select((p, i) => Plus(p, answer, -2 - 0.1 * i))], [.. pairs]);
        Near([0, 0, -1, 0], Pca.Direction(rows), 1e-9);
    }

    [Fact]
    public void A_logistic_regression_of_two_points_solves_its_equation()
    {
        // Centred and scaled the rows are ±1, so the weight there is w with σ(−w) = λ w; between the points 3 and 7 it is w/2, and the bias −5 w/2.
        const double l2 = 0.05;
        var fitted = LogisticRegression.Fit(new ContrastRows([[7]], [[3]]), l2);
        double w = 2 * fitted.Weights[0];
        Assert.Equal(1 / (1 + Math.Exp(w)), l2 * w, 1e-9);
        Assert.Equal(-5 * fitted.Weights[0], fitted.Bias, 1e-8);
    }

    [Fact]
    public void A_logistic_regression_separates_planted_classes_it_has_not_seen_whatever_the_order_of_rows()
    {
        var rows = Planted(new Random(5), pairs: 60, width: 100, out double[] planted);
        var (seen, unseen) = (rows.Only(Enumerable.Range(0, 40)), rows.Only(Enumerable.Range(40, 20)));
        var fitted = LogisticRegression.Fit(seen, 0.01);
        Assert.Equal(1, fitted.Accuracy(unseen));
        Assert.True(DoubleRows.Dot(planted, Normalised(fitted.Weights)) > 0.7);
        var reversed = LogisticRegression.Fit(seen.Only(Enumerable.Range(0, 40).Reverse()), 0.01);
        Near(fitted.Weights, reversed.Weights, 1e-7);
        var opposite = LogisticRegression.Fit(new ContrastRows(seen.Negative, seen.Positive), 0.01);
        Near([.. fitted.Weights.Select(w => -w)], opposite.Weights, 1e-7);
    }

    [Theory, InlineData(4, 10), InlineData(20, 6)]
    public void A_discriminant_solves_its_system_with_fewer_rows_than_columns_and_with_more(int pairs, int width)
    {
        const double shrinkage = 0.2;
        var rows = Planted(new Random(6), pairs, width, out _);
        var w = FisherDiscriminant.Direction(rows, shrinkage);
        double[][] within = [.. DoubleRows.Centred(rows.Positive, DoubleRows.Mean(rows.Positive)), .. DoubleRows.Centred(rows.Negative, DoubleRows.Mean(rows.Negative))];
        double trace = within.Sum(row => row.Sum(x => x * x)) / within.Length;
        double[] back = [.. w.Select(x => shrinkage * trace / width * x)];
        foreach (var row in within)
            back = Plus(back, row, (1 - shrinkage) / within.Length * row.Zip(w, (a, b) => a * b).Sum());
        // S w is the mean difference, up to the length.
        Near(Normalised(rows.MeanDifference()), Normalised(back), 1e-9);
        Assert.Equal(1, DoubleRows.Length(w), 1e-12);
    }

    [Fact]
    public void A_discriminant_turns_away_from_what_merely_varies_and_at_full_shrinkage_does_not()
    {
        // The means differ by (1, 1); along the first axis the classes are spread out, along the second they are not.
        double[] spread = [-4, -2, 2, 4], narrow = [-0.1, 0.1, 0.1, -0.1];
        var rows = new ContrastRows([.. spread.Zip(narrow, (a, b) => new[] { 1 + a, 1 + b })], [.. spread.Zip(narrow, (a, b) => new[] { a, b })]);
        var sharp = FisherDiscriminant.Direction(rows, 1e-6);
        Assert.True(sharp[1] > 0.99);
        Near([Math.Sqrt(0.5), Math.Sqrt(0.5)], FisherDiscriminant.Direction(rows, 1), 1e-12);
        Assert.Throws<ArgumentException>(() => FisherDiscriminant.Direction(new ContrastRows([[1], [2]], [[2], [1]]), 0.5));
    }

    [Fact]
    public void A_positive_definite_system_is_solved_and_another_refused()
    {
        double[] x = Cholesky.Solve([[4, 0, 0], [2, 5, 0], [-2, 1, 6]], [4, 17, 20]);
        Near([4 * x[0] + 2 * x[1] - 2 * x[2], 2 * x[0] + 5 * x[1] + x[2], -2 * x[0] + x[1] + 6 * x[2]], [4, 17, 20], 1e-12);
        Assert.Throws<ArgumentException>(() => Cholesky.Solve([[1, 2], [2, 1]], [1, 1]));
    }

    [Fact]
    public void Rows_alternate_positive_and_negative()
    {
        var rows = ContrastRows.Of(Tensor.From([1f, 2, 10, 20, 3, 4, 30, 40], 4, 2));
        Assert.Equal([3, 4], rows.Positive[1]);
        Assert.Equal([10, 20], rows.Negative[0]);
        Assert.Equal([-18, -27], rows.MeanDifference());
    }

    private static ContrastRows Planted(Random random, int pairs, int width, out double[] planted)
    {
        double[] direction = planted = Normalised(Noise(random, width, 1));
        return new ContrastRows(
            [.. Enumerable.Range(0, pairs).Select(_ => Plus(Noise(random, width, 0.3), direction, 3))],
            [.. Enumerable.Range(0, pairs).Select(_ => Plus(Noise(random, width, 0.3), direction, -1))]);
    }

    private static double[] Noise(Random random, int width, double size) => [.. Enumerable.Range(0, width).Select(_ => size * (2 * random.NextDouble() - 1))];

    private static double[] Plus(double[] a, double[] b, double factor) => [.. a.Zip(b, (x, y) => x + factor * y)];

    private static double[] Normalised(double[] a) => [.. a.Select(x => x / Math.Sqrt(a.Sum(y => y * y)))];

    private static double[] Towards(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() < 0 ? [.. a.Select(x => -x)] : a;

    private static void Near(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
