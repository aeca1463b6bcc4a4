namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Norms of one row.</summary>
internal static class NormReference
{
    /// <summary>x / √(mean(x²) + eps) · weight.</summary>
    public static double[] Rms(double[] x, double[] weight, double eps)
    {
        double meanSquare = 0;
        foreach (double value in x)
            meanSquare += value * value / x.Length;
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = x[i] / Math.Sqrt(meanSquare + eps) * weight[i];
        return y;
    }

    /// <summary>(x − mean) / √(variance + eps) · weight + bias; the variance divides by the number of values, not by one less.</summary>
    public static double[] Layer(double[] x, double[] weight, double[]? bias, double eps)
    {
        double mean = 0, variance = 0;
        foreach (double value in x)
            mean += value / x.Length;
        foreach (double value in x)
            variance += (value - mean) * (value - mean) / x.Length;
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = (x[i] - mean) / Math.Sqrt(variance + eps) * weight[i] + (bias is null ? 0 : bias[i]);
        return y;
    }
}
