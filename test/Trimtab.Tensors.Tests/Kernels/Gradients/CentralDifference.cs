using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Gradients;

/// <summary>Checks of gradient twins in double precision: the slope of a number along one value at a time, from both sides.</summary>
internal static class CentralDifference
{
    // The difference of two values of size 1 is rounded to 2⁻⁵² / step, and the third derivative leaves step² of its size: both are about 1e-10 here.
    private const double Step = 1e-5;

    /// <summary>For every value of <paramref name="x"/>, (f(x + h) − f(x − h)) / 2h is <paramref name="gradient"/>'s, to 1e-7 of the larger of it and 1.</summary>
    public static void Confirms(double[,] x, double[,] gradient, Func<double> f, string what)
    {
        Assert.Equal((x.GetLength(0), x.GetLength(1)), (gradient.GetLength(0), gradient.GetLength(1)));
        for (int i = 0; i < x.GetLength(0); i++)
            for (int j = 0; j < x.GetLength(1); j++)
            {
                double kept = x[i, j];
                x[i, j] = kept + Step;
                double above = f();
                x[i, j] = kept - Step;
                double slope = (above - f()) / (2 * Step);
                x[i, j] = kept;
                Assert.True(Math.Abs(slope - gradient[i, j]) <= 1e-7 * Math.Max(1, Math.Abs(slope)), $"{what}[{i}, {j}]: gradient {gradient[i, j]:R}, slope {slope:R}.");
            }
    }

    /// <summary>The same for one row of values.</summary>
    public static void Confirms(double[] x, double[] gradient, Func<double> f, string what)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double kept = x[i];
            x[i] = kept + Step;
            double above = f();
            x[i] = kept - Step;
            double slope = (above - f()) / (2 * Step);
            x[i] = kept;
            Assert.True(Math.Abs(slope - gradient[i]) <= 1e-7 * Math.Max(1, Math.Abs(slope)), $"{what}[{i}]: gradient {gradient[i]:R}, slope {slope:R}.");
        }
    }

    /// <summary>Σ dy ⊙ y: a number whose gradient with respect to y is dy.</summary>
    public static double Weighted(double[,] dy, double[,] y)
    {
        double sum = 0;
        for (int i = 0; i < y.GetLength(0); i++)
            for (int j = 0; j < y.GetLength(1); j++)
                sum += dy[i, j] * y[i, j];
        return sum;
    }

    /// <summary>Σ dy ⊙ y of one row.</summary>
    public static double Weighted(double[] dy, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
            sum += dy[i] * y[i];
        return sum;
    }
}
