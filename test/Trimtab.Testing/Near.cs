using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Testing;

/// <summary>Comparisons of tensors that say where and by how much they differ.</summary>
public static class Near
{
    /// <summary>Every element differs by at most <paramref name="tolerance"/>; NaN equals nothing.</summary>
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {expected.Length} values were expected, {actual.Length} came.");
        int worst = -1;
        float largest = tolerance;
        for (int i = 0; i < expected.Length; i++)
        {
            float difference = MathF.Abs(expected[i] - actual[i]);
            if (!(difference <= largest))
                (worst, largest) = (i, difference);
        }
        Assert.True(worst < 0, worst < 0 ? "" : $"{what}: element {worst} is {actual[worst]}, expected {expected[worst]} (difference {largest}, tolerance {tolerance}).");
    }

    /// <summary>Shapes hold equally many elements and every element differs by at most <paramref name="tolerance"/>.</summary>
    public static void Equal(Tensor expected, Tensor actual, float tolerance, string what) => Equal(expected.Values, actual.Values, tolerance, what);

    /// <summary>Every bit is the same.</summary>
    public static void Identical(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {expected.Length} values were expected, {actual.Length} came.");
        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}, bit for bit.");
    }
}
