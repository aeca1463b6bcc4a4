using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Functions of single precision, eight values at a time. A value's result depends on the value alone; NaN gives NaN.</summary>
internal static class VectorFunctions
{
    // Adding this to a number below 2²² rounds it to a whole one, which then stands in the lowest bits.
    private const float Rounder = 12_582_912f;

    /// <summary>eˣ, to 2 units in the last place; 0 below −104, infinity above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // In this order of operands a NaN passes.
        x = Vector256.MinNative(Vector256.Create(89f), Vector256.MaxNative(Vector256.Create(-104f), x));
        var shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(1.44269504f), Vector256.Create(Rounder));
        // 2ⁿ as a product of two, since n reaches −150 and 128, where one single has no room for it.
        var power = shifted.AsInt32() - Vector256.Create(Rounder).AsInt32();
        var half = power >> 1;
        return Mantissa(x, shifted - Vector256.Create(Rounder)) * PowerOfTwo(half) * PowerOfTwo(power - half);
    }

    /// <summary>eˣ for x ≤ 0, to 2 units in the last place; 0 below −87.3, where singles lose digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ExpOfNegative(Vector256<float> x)
    {
        const float Least = -87.3f, BiasedRounder = Rounder + 127;
        var bounded = Vector256.MaxNative(Vector256.Create(Least), x);
        var shifted = Vector256.FusedMultiplyAdd(bounded, Vector256.Create(1.44269504f), Vector256.Create(BiasedRounder));
        // The lowest bits hold n + 127: shifted to the exponent's place they are 2ⁿ.
        var value = Mantissa(bounded, shifted - Vector256.Create(BiasedRounder)) * (shifted.AsInt32() << 23).AsSingle();
        return Vector256.AndNot(value, Vector256.LessThan(x, Vector256.Create(Least)));
    }

    // eʳ, where x = n·ln 2 + r and |r| ≤ ln 2 / 2; ln 2 in two parts, of which the first times n is exact.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mantissa(Vector256<float> x, Vector256<float> n)
    {
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(1.9875691500e-4f), r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        return Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256.Create(1f);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256.Create(1f) / (Vector256.Create(1f) + Exp(-x));

    /// <summary>tanh x, to 3 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var size = Vector256.Abs(x);
        // 1 − 2 / (e^2x + 1) cancels near 0; there the odd polynomial of x serves.
        var far = Vector256.Create(1f) - Vector256.Create(2f) / (Exp(size + size) + Vector256.Create(1f));
        var square = x * x;
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(-5.70498872745e-3f), square, Vector256.Create(2.06390887954e-2f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-5.37397155531e-2f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(1.33314422036e-1f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-3.33332819422e-1f));
        var near = Vector256.FusedMultiplyAdd(p * square, x, x);
        var signed = Vector256.ConditionalSelect(Vector256.Create(-0f), x, far);
        return Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(0.625f)), near, signed);
    }

    /// <summary>
    /// erfc x = 1 − erf x for x ≥ 0: t·e^(−x² + P(t)) with t = 1 / (1 + x/2), a fit good to 1.2·10⁻⁷ of the value everywhere (Numerical Recipes, chapter 6); the rounding of
    /// the exponent adds (x² + 2)·2⁻²³ of it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ErfcOfPositive(Vector256<float> x)
    {
        var t = Vector256.Create(1f) / Vector256.FusedMultiplyAdd(x, Vector256.Create(0.5f), Vector256.Create(1f));
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(0.17087277f), t, Vector256.Create(-0.82215223f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.48851587f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.13520398f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.27886807f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.18628806f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.09678418f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.37409196f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.00002368f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.26551223f));
        return t * Exp(Vector256.FusedMultiplyAdd(-x, x, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();
}
