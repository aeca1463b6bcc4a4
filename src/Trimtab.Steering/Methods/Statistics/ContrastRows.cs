using System.Numerics.Tensors;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>The pooled rows of contrasting examples at one hook point, pair by pair, in double precision.</summary>
/// <param name="Positive">[pairs][D], the rows of the examples that show the behaviour.</param>
/// <param name="Negative">[pairs][D], those of the others.</param>
internal sealed record ContrastRows(double[][] Positive, double[][] Negative)
{
    /// <summary>The rows of a tensor [2 · pairs, D] in which positive and negative alternate.</summary>
    public static ContrastRows Of(Tensor rows) => new(
        [.. Enumerable.Range(0, rows.RowCount / 2).Select(pair => Row(rows, 2 * pair))],
        [.. Enumerable.Range(0, rows.RowCount / 2).Select(pair => Row(rows, 2 * pair + 1))]);

    /// <summary>The rows of some pairs.</summary>
    public ContrastRows Only(IEnumerable<int> pairs) => new([.. pairs.Select(pair => Positive[pair])], [.. pairs.Select(pair => Negative[pair])]);

    /// <summary>The mean over pairs of positive minus negative row.</summary>
    public double[] MeanDifference()
    {
        var sum = new double[Positive[0].Length];
        for (int pair = 0; pair < Positive.Length; pair++)
        {
            TensorPrimitives.Add(sum, Positive[pair], sum);
            TensorPrimitives.Subtract(sum, Negative[pair], sum);
        }
        TensorPrimitives.Divide(sum, Positive.Length, sum);
        return sum;
    }

    /// <summary>Every row less the mean of its pair: ± half the difference. What the two answers of a pair share, the question above all, is gone.</summary>
    public double[][] PairCentred()
    {
        var rows = new List<double[]>(2 * Positive.Length);
        for (int pair = 0; pair < Positive.Length; pair++)
        {
            var half = new double[Positive[pair].Length];
            TensorPrimitives.Subtract(Positive[pair], Negative[pair], half);
            TensorPrimitives.Divide(half, 2, half);
            rows.Add(half);
            rows.Add(Array.ConvertAll(half, value => -value));
        }
        return [.. rows];
    }

    private static double[] Row(Tensor rows, int row)
    {
        var values = new double[rows.Columns];
        TensorPrimitives.ConvertTruncating<float, double>(rows.Row(row), values);
        return values;
    }
}
