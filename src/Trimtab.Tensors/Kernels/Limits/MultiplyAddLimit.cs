using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Limits;

/// <summary>Fused multiply-adds in registers alone: twelve that do not wait for one another, enough for two units of five cycles each, and few enough to stay in registers.</summary>
internal static class MultiplyAddLimit
{
    private const int Chains = 12;

    /// <summary>The bits of one vector.</summary>
    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : 8 * Vector<byte>.Count;

    /// <summary>Operations of one iteration.</summary>
    public static int FlopsPerIteration => Chains * 2 * (VectorBits / 32);

    /// <summary>Runs the iterations. The sum is returned so that they cannot be left away.</summary>
    public static float Run(int iterations) => Vector512.IsHardwareAccelerated ? Wide(iterations) : Usual(iterations);

    // The factor keeps every chain near 2: sums that grow or vanish would meet infinity or the slow numbers below the normal ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Usual(int iterations)
    {
        Vector<float> x = new(0.5f), y = new(1f);
        Vector<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default, i = default, j = default, k = default, l = default;
        for (int n = 0; n < iterations; n++)
        {
            a = Vector.FusedMultiplyAdd(a, x, y);
            b = Vector.FusedMultiplyAdd(b, x, y);
            c = Vector.FusedMultiplyAdd(c, x, y);
            d = Vector.FusedMultiplyAdd(d, x, y);
            e = Vector.FusedMultiplyAdd(e, x, y);
            f = Vector.FusedMultiplyAdd(f, x, y);
            g = Vector.FusedMultiplyAdd(g, x, y);
            h = Vector.FusedMultiplyAdd(h, x, y);
            i = Vector.FusedMultiplyAdd(i, x, y);
            j = Vector.FusedMultiplyAdd(j, x, y);
            k = Vector.FusedMultiplyAdd(k, x, y);
            l = Vector.FusedMultiplyAdd(l, x, y);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide(int iterations)
    {
        Vector512<float> x = Vector512.Create(0.5f), y = Vector512.Create(1f);
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default, i = default, j = default, k = default, l = default;
        for (int n = 0; n < iterations; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
