namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Matrix products, as sums over the inner axis.</summary>
internal static class MatMulReference
{
    /// <summary>y[t, n] = Σₖ x[t, k] · w[n, k] + bias[n]: x [T, K], w [N, K], bias [N] or null.</summary>
    public static double[,] Transposed(double[,] x, double[,] w, double[]? bias = null)
    {
        int rows = x.GetLength(0), inner = x.GetLength(1), outputs = w.GetLength(0);
        var y = new double[rows, outputs];
        for (int t = 0; t < rows; t++)
        {
            for (int n = 0; n < outputs; n++)
            {
                y[t, n] = bias is null ? 0 : bias[n];
                for (int k = 0; k < inner; k++)
                    y[t, n] += x[t, k] * w[n, k];
            }
        }
        return y;
    }

    /// <summary>y[t, n] = Σₖ x[t, k] · w[k, n] + bias[n]: x [T, K], w [K, N], bias [N] or null.</summary>
    public static double[,] Untransposed(double[,] x, double[,] w, double[]? bias = null)
    {
        var turned = new double[w.GetLength(1), w.GetLength(0)];
        for (int k = 0; k < w.GetLength(0); k++)
            for (int n = 0; n < w.GetLength(1); n++)
                turned[n, k] = w[k, n];
        return Transposed(x, turned, bias);
    }
}
