using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// Finds the scale (and minimum) of one group of elements with the least squared error. Rounding makes the error jump, so a row of grids is tried, from a
/// little narrower to a little wider than the values' range; after rounding to a grid, its best scale follows in closed form.
/// A group has 16 or 32 elements.
/// </summary>
internal static class GroupFit
{
    private const int Candidates = 21;
    private const float Narrowest = 0.75f, Widest = 1.05f;

    /// <summary>value ≈ scale · q − minimum with q in [0, levels], scale and minimum not negative, for 32 values.</summary>
    public static (float Scale, float Minimum) Affine(ReadOnlySpan<float> values, int levels)
    {
        float low = Math.Min(0, TensorPrimitives.Min(values)), high = TensorPrimitives.Max(values);
        // Every value is the same and not positive, or zero: the minimum alone says it.
        if (high <= low)
            return (0, -low);
        var group = new Group(values, levels);
        var best = (Scale: (high - low) / levels, Minimum: -low);
        float least = group.AffineError(best.Scale, best.Minimum);
        for (int i = 0; i < Candidates; i++)
        {
            var fit = group.FitAffine((high - low) / levels * Width(i), -low);
            if (!(fit.Scale > 0))
                continue;
            float error = group.AffineError(fit.Scale, fit.Minimum);
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    /// <summary>value ≈ scale · q with q in [−levels, levels − 1], for 16 values; the scale may be negative.</summary>
    public static float Symmetric(ReadOnlySpan<float> values, int levels)
    {
        float largest = TensorPrimitives.MaxMagnitude(values);
        if (largest == 0)
            return 0;
        var group = new SmallGroup(values, levels);
        float best = largest / -levels;
        float least = group.Error(best);
        for (int i = 0; i < Candidates; i++)
        {
            float fit = group.Fit(largest / -levels * Width(i));
            if (fit == 0)
                continue;
            float error = group.Error(fit);
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    private static float Width(int candidate) => Narrowest + (Widest - Narrowest) * candidate / (Candidates - 1);

    // Where a scale is so small that its inverse is infinite, 0 · ∞ is lost in the processor's minimum and maximum, and the fit is of no use. Such scales round to zero
    // when they are stored.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Codes(Vector256<float> shifted, float inverse, float bottom, float top) =>
        Vector256.ClampNative(Vector256.Round(shifted * inverse), Vector256.Create(bottom), Vector256.Create(top));

    // 32 values in registers. Sums go over the four vectors in their order and then across: fixed at 256 bits, so that files come out alike on every machine.
    private readonly struct Group
    {
        private readonly Vector256<float> _a, _b, _c, _d;
        private readonly float _levels;
        private readonly double _sum;

        public Group(ReadOnlySpan<float> values, int levels)
        {
            (_a, _b, _c, _d) = (Vector256.Create(values), Vector256.Create(values[8..]), Vector256.Create(values[16..]), Vector256.Create(values[24..32]));
            (_levels, _sum) = (levels, Vector256.Sum(_a + _b + _c + _d));
        }

        /// <summary>The squared error of a grid.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float AffineError(float scale, float minimum)
        {
            float inverse = 1 / scale;
            return Vector256.Sum(Square(_a, scale, minimum, inverse) + Square(_b, scale, minimum, inverse) + Square(_c, scale, minimum, inverse) + Square(_d, scale, minimum, inverse));
        }

        /// <summary>The scale and minimum that fit the values best once they are rounded to a grid.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (float Scale, float Minimum) FitAffine(float scale, float minimum)
        {
            float inverse = 1 / scale;
            Vector256<float> a = Rounded(_a, minimum, inverse), b = Rounded(_b, minimum, inverse), c = Rounded(_c, minimum, inverse), d = Rounded(_d, minimum, inverse);
            return BestAffine(Vector256.Sum(a + b + c + d), Vector256.Sum(a * a + b * b + c * c + d * d), _sum, Vector256.Sum(a * _a + b * _b + c * _c + d * _d));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Rounded(Vector256<float> x, float minimum, float inverse) => Codes(x + Vector256.Create(minimum), inverse, 0, _levels);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Square(Vector256<float> x, float scale, float minimum, float inverse)
        {
            var difference = Rounded(x, minimum, inverse) * scale - Vector256.Create(minimum) - x;
            return difference * difference;
        }

        private static (float Scale, float Minimum) BestAffine(double sumQ, double sumQQ, double sumX, double sumQX)
        {
            const int Count = 32;
            double determinant = Count * sumQQ - sumQ * sumQ;
            double slope = determinant > 0 ? (Count * sumQX - sumQ * sumX) / determinant : 0;
            double minimum = (slope * sumQ - sumX) / Count;
            // The format cannot shift upwards: without a minimum, the slope is that of a line through zero.
            return minimum >= 0 ? ((float)slope, (float)minimum) : (sumQQ > 0 ? (float)(sumQX / sumQQ) : 0, 0);
        }
    }

    // 16 values in registers.
    private readonly struct SmallGroup
    {
        private readonly Vector256<float> _a, _b;
        private readonly float _levels;

        public SmallGroup(ReadOnlySpan<float> values, int levels) =>
            (_a, _b, _levels) = (Vector256.Create(values), Vector256.Create(values[8..16]), levels);

        /// <summary>The squared error of a grid.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Error(float scale)
        {
            float inverse = 1 / scale;
            return Vector256.Sum(Square(_a, scale, inverse) + Square(_b, scale, inverse));
        }

        /// <summary>The scale that fits the values best once they are rounded to a grid; 0 where all of them round to zero.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Fit(float scale)
        {
            float inverse = 1 / scale;
            Vector256<float> a = Rounded(_a, inverse), b = Rounded(_b, inverse);
            float squares = Vector256.Sum(a * a + b * b);
            return squares > 0 ? Vector256.Sum(a * _a + b * _b) / squares : 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Rounded(Vector256<float> x, float inverse) => Codes(x, inverse, -_levels, _levels - 1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Square(Vector256<float> x, float scale, float inverse)
        {
            var difference = Rounded(x, inverse) * scale - x;
            return difference * difference;
        }
    }
}
