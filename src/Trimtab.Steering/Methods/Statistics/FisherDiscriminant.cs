using System.Numerics.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Fisher's linear discriminant with shrinkage: w = S⁻¹ (μ⁺ − μ⁻), S = (1 − γ) S_w + γ (tr S_w / D) I, where S_w = 1/N Σ (x − μ) (x − μ)ᵀ is the scatter within the classes.
/// </summary>
internal static class FisherDiscriminant
{
    /// <summary>w, scaled to length 1.</summary>
    /// <param name="rows">The rows of both classes.</param>
    /// <param name="shrinkage">γ, above 0 and at most 1: at 1 the direction is that of the mean difference.</param>
    /// <exception cref="ArgumentException">The two classes have the same mean.</exception>
    public static double[] Direction(ContrastRows rows, double shrinkage)
    {
        double[][] within = [.. DoubleRows.Centred(rows.Positive, DoubleRows.Mean(rows.Positive)), .. DoubleRows.Centred(rows.Negative, DoubleRows.Mean(rows.Negative))];
        var difference = rows.MeanDifference();
        double trace = within.Sum(row => DoubleRows.Dot(row, row)) / within.Length;
        double ridge = shrinkage * trace / difference.Length, factor = (1 - shrinkage) / within.Length;
        var direction = trace == 0 ? difference : within.Length <= difference.Length ? ByRows(within, difference, ridge, factor) : ByColumns(within, difference, ridge, factor);
        double length = DoubleRows.Length(direction);
        if (length == 0)
            throw new ArgumentException("Discriminant: the two classes have the same mean — they must differ.", nameof(rows));
        TensorPrimitives.Divide(direction, length, direction);
        return direction;
    }

    // (r I + f ZᵀZ)⁻¹ d = (d − f Zᵀ (r I + f Z Zᵀ)⁻¹ Z d) / r (Woodbury), a system as large as there are rows.
    private static double[] ByRows(double[][] within, double[] difference, double ridge, double factor)
    {
        var solved = Cholesky.Solve(Shrunk(DoubleRows.Gram(within), ridge, factor), Array.ConvertAll(within, row => DoubleRows.Dot(row, difference)));
        var direction = DoubleRows.Combine(within, solved);
        TensorPrimitives.Multiply(direction, -factor, direction);
        TensorPrimitives.Add(direction, difference, direction);
        TensorPrimitives.Divide(direction, ridge, direction);
        return direction;
    }

    private static double[] ByColumns(double[][] within, double[] difference, double ridge, double factor) =>
        Cholesky.Solve(Shrunk(DoubleRows.Gram(DoubleRows.Transposed(within)), ridge, factor), difference);

    private static double[][] Shrunk(double[][] gram, double ridge, double factor)
    {
        for (int i = 0; i < gram.Length; i++)
        {
            TensorPrimitives.Multiply(gram[i], factor, gram[i]);
            gram[i][i] += ridge;
        }
        return gram;
    }
}
