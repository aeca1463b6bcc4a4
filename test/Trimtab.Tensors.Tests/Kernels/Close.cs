using Xunit;

namespace Trimtab.Tensors.Tests.Kernels;

/// <summary>Comparison of a kernel's result with its reference twin.</summary>
internal static class Close
{
    /// <summary>2⁻²⁴, the largest relative error of one rounding to single precision.</summary>
    public const double Rounding = 1.0 / (1 << 24);

    /// <summary>Every value differs by at most the tolerance that belongs to it; NaN equals nothing.</summary>
    public static void Equal(double[,] expected, Tensor actual, Func<int, int, double> tolerance, string what)
    {
        Assert.Equal(expected.GetLength(0), actual.RowCount);
        Assert.Equal(expected.GetLength(1), actual.Columns);
        for (int t = 0; t < actual.RowCount; t++)
            for (int i = 0; i < actual.Columns; i++)
                Equal(expected[t, i], actual.Row(t)[i], tolerance(t, i), $"{what}[{t}, {i}]");
    }

    public static void Equal(double[] expected, ReadOnlySpan<float> actual, Func<int, double> tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Equal(expected[i], actual[i], tolerance(i), $"{what}[{i}]");
    }

    public static void Equal(double expected, float actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what} is {actual:R}, expected {expected:R} ± {tolerance:R}.");

    /// <summary>Every bit is the same.</summary>
    public static void Identical(Tensor expected, Tensor actual, string what) => Testing.Near.Identical(expected.Values, actual.Values, what);
}
