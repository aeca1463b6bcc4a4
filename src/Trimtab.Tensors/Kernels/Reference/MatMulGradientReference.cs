namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradients of y = x · Wᵀ, as sums.</summary>
internal static class MatMulGradientReference
{
    /// <summary>dx[t, k] = Σₙ dy[t, n] · w[n, k].</summary>
    public static double[,] Input(double[,] dy, double[,] w) => MatMulReference.Untransposed(dy, w);

    /// <summary>dw[n, k] = Σₜ dy[t, n] · x[t, k].</summary>
    public static double[,] Weight(double[,] dy, double[,] x)
    {
        int rows = dy.GetLength(0), outputs = dy.GetLength(1), inner = x.GetLength(1);
        var dw = new double[outputs, inner];
        for (int n = 0; n < outputs; n++)
            for (int k = 0; k < inner; k++)
                for (int t = 0; t < rows; t++)
                    dw[n, k] += dy[t, n] * x[t, k];
        return dw;
    }
}
