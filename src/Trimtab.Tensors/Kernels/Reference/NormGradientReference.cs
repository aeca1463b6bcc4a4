namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradients of norms of one row.</summary>
internal static class NormGradientReference
{
    /// <summary>y[j] = x[j] · r · w[j] with r = (mean(x²) + eps)^(−1/2): dx[i] = Σⱼ dy[j] · w[j] · (r where i = j, − x[i] · x[j] · r³ / n), dweight[i] = dy[i] · x[i] · r.</summary>
    public static (double[] Dx, double[] Dweight) Rms(double[] x, double[] weight, double eps, double[] dy)
    {
        int n = x.Length;
        double r = 1 / Math.Sqrt(x.Sum(v => v * v) / n + eps);
        var (dx, dweight) = (new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            dweight[i] = dy[i] * x[i] * r;
            for (int j = 0; j < n; j++)
                dx[i] += dy[j] * weight[j] * ((i == j ? r : 0) - x[i] * x[j] * r * r * r / n);
        }
        return (dx, dweight);
    }

    /// <summary>y[j] = c[j] · r · w[j] + b[j] with c = x − mean and r = (mean(c²) + eps)^(−1/2): as <see cref="Rms"/> in c, less the mean, which c does not see.</summary>
    public static (double[] Dx, double[] Dweight, double[] Dbias) Layer(double[] x, double[] weight, double eps, double[] dy)
    {
        double mean = x.Average();
        var (dx, dweight) = Rms(Array.ConvertAll(x, v => v - mean), weight, eps, dy);
        double shift = dx.Average();
        return (Array.ConvertAll(dx, v => v - shift), dweight, (double[])dy.Clone());
    }
}
