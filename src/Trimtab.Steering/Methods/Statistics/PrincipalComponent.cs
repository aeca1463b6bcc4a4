using System.Numerics.Tensors;

namespace Trimtab.Steering;

/// <summary>The direction in which rows vary most: the leading eigenvector of Σ x xᵀ over rows that are centred already.</summary>
internal static class PrincipalComponent
{
    // The start of the iteration: pseudo-random, so that no data is at right angles to it.
    private const int StartSeed = 1;

    // Enough to tell eigenvalues apart that differ by a thousandth; closer ones the data does not tell apart either.
    private const int MostSteps = 20_000;
    private const double Converged = 1e-13;

    /// <summary>The unit direction, and its share of the variance, 0 … 1. Its sign is arbitrary.</summary>
    /// <exception cref="ArgumentException">All rows are zero.</exception>
    public static (double[] Direction, double Share) First(double[][] rows)
    {
        // The products of rows and those of columns have the same eigenvalues; the fewer of them serve.
        bool byRows = rows.Length <= rows[0].Length;
        double[][] gram = DoubleRows.Gram(byRows ? rows : DoubleRows.Transposed(rows));
        double total = Enumerable.Range(0, gram.Length).Sum(i => gram[i][i]);
        if (total == 0)
            throw new ArgumentException("Principal component: all rows are zero — at least one must differ from the mean.", nameof(rows));
        var leading = Leading(gram);
        var direction = byRows ? DoubleRows.Combine(rows, leading) : leading;
        TensorPrimitives.Divide(direction, DoubleRows.Length(direction), direction);
        return (direction, DoubleRows.Dot(leading, DoubleRows.Combine(gram, leading)) / total);
    }

    private static double[] Leading(double[][] gram)
    {
        var random = new Random(StartSeed);
        double[] vector = [.. gram.Select(_ => random.NextDouble() - 0.5)];
        TensorPrimitives.Divide(vector, DoubleRows.Length(vector), vector);
        for (int step = 0; step < MostSteps; step++)
        {
            var next = DoubleRows.Combine(gram, vector);
            TensorPrimitives.Divide(next, DoubleRows.Length(next), next);
            DoubleRows.AddScaled(vector, next, -1);
            double change = DoubleRows.Length(vector);
            vector = next;
            if (change < Converged)
                break;
        }
        return vector;
    }
}
