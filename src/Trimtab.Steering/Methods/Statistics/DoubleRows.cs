using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Trimtab.Steering;

/// <summary>
/// Sums over rows in double precision. Inner products are summed in one order whatever the memory's alignment, so that the same data gives the same bytes on every run.
/// </summary>
internal static class DoubleRows
{
    /// <summary>a · b.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(a), right = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (int i = 0; i < left.Length; i++)
            sums += left[i] * right[i];
        double sum = Vector.Sum(sums);
        for (int i = left.Length * Vector<double>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>‖a‖.</summary>
    public static double Length(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));

    /// <summary>sum += factor · row.</summary>
    public static void AddScaled(Span<double> sum, ReadOnlySpan<double> row, double factor) => TensorPrimitives.MultiplyAdd(row, factor, sum, sum);

    /// <summary>Σ weights[t] · rows[t].</summary>
    public static double[] Combine(double[][] rows, ReadOnlySpan<double> weights)
    {
        var sum = new double[rows[0].Length];
        for (int row = 0; row < rows.Length; row++)
            AddScaled(sum, rows[row], weights[row]);
        return sum;
    }

    /// <summary>The mean of the rows.</summary>
    public static double[] Mean(double[][] rows)
    {
        var weights = new double[rows.Length];
        weights.AsSpan().Fill(1.0 / rows.Length);
        return Combine(rows, weights);
    }

    /// <summary>The rows less <paramref name="centre"/>.</summary>
    public static double[][] Centred(double[][] rows, double[] centre) => Array.ConvertAll(rows, row =>
    {
        var centred = new double[row.Length];
        TensorPrimitives.Subtract(row, centre, centred);
        return centred;
    });

    /// <summary>The inner products of all rows with each other.</summary>
    public static double[][] Gram(double[][] rows)
    {
        var gram = Array.ConvertAll(rows, _ => new double[rows.Length]);
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j <= i; j++)
                gram[i][j] = gram[j][i] = Dot(rows[i], rows[j]);
        return gram;
    }

    /// <summary>Columns as rows.</summary>
    public static double[][] Transposed(double[][] rows)
    {
        var columns = new double[rows[0].Length][];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = Array.ConvertAll(rows, row => row[i]);
        return columns;
    }
}
