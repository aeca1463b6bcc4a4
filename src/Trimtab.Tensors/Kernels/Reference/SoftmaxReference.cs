namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Softmax and soft-capping.</summary>
internal static class SoftmaxReference
{
    /// <summary>y[i] = e^x[i] / Σⱼ e^x[j], with the largest value taken off every exponent, which changes nothing but the range.</summary>
    public static double[] Softmax(double[] x)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in x)
            largest = Math.Max(largest, value);
        foreach (double value in x)
            sum += Math.Exp(value - largest);
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = Math.Exp(x[i] - largest) / sum;
        return y;
    }

    /// <summary>cap · tanh(x / cap); x itself where the cap is 0.</summary>
    public static double SoftCap(double x, double cap) => cap == 0 ? x : cap * Math.Tanh(x / cap);
}
