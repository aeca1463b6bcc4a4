namespace Trimtab.Steering;

/// <summary>Solves A x = b for a symmetric positive definite matrix by A = L Lᵀ.</summary>
internal static class Cholesky
{
    /// <summary>x. The lower half of <paramref name="a"/> is overwritten by L.</summary>
    /// <exception cref="ArgumentException">The matrix is not positive definite.</exception>
    public static double[] Solve(double[][] a, double[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            for (int j = 0; j < i; j++)
                a[i][j] = (a[i][j] - DoubleRows.Dot(a[i].AsSpan(0, j), a[j].AsSpan(0, j))) / a[j][j];
            double pivot = a[i][i] - DoubleRows.Dot(a[i].AsSpan(0, i), a[i].AsSpan(0, i));
            a[i][i] = pivot > 0 ? Math.Sqrt(pivot) : throw new ArgumentException($"Cholesky: pivot {i} is not positive — the matrix must be positive definite.", nameof(a));
        }
        double[] x = [.. b];
        for (int i = 0; i < x.Length; i++)
            x[i] = (x[i] - DoubleRows.Dot(a[i].AsSpan(0, i), x.AsSpan(0, i))) / a[i][i];
        for (int i = x.Length - 1; i >= 0; i--)
        {
            x[i] /= a[i][i];
            DoubleRows.AddScaled(x.AsSpan(0, i), a[i].AsSpan(0, i), -x[i]);
        }
        return x;
    }
}
