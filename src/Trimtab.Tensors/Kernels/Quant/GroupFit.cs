using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// Finds the scale (and minimum) of one group of elements with the least squared error. Rounding makes the error jump, so a row of grids is tried, from a
/// little narrower to a little wider than the values' range; after rounding to a grid, its best scale follows in closed form.
/// Groups are whole vectors: 16 or 32 elements.
/// </summary>
internal static class GroupFit
{
    private const int Candidates = 21;
    private const float Narrowest = 0.75f, Widest = 1.05f;

    /// <summary>value ≈ scale · q − minimum with q in [0, levels], scale and minimum not negative.</summary>
    public static (float Scale, float Minimum) Affine(ReadOnlySpan<float> values, int levels)
    {
        float low = Math.Min(0, TensorPrimitives.Min(values)), high = TensorPrimitives.Max(values);
        // Every value is the same and not positive, or zero: the minimum alone says it.
        if (high <= low)
            return (0, -low);
        var best = (Scale: (high - low) / levels, Minimum: -low);
        float least = AffineError(values, best.Scale, best.Minimum, levels, out _);
        for (int i = 0; i < Candidates; i++)
        {
            float scale = (high - low) / levels * Width(i);
            AffineError(values, scale, -low, levels, out var fit);
            if (!(fit.Scale > 0))
                continue;
            float error = AffineError(values, fit.Scale, fit.Minimum, levels, out _);
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    /// <summary>value ≈ scale · q with q in [−levels, levels − 1]; the scale may be negative.</summary>
    public static float Symmetric(ReadOnlySpan<float> values, int levels)
    {
        float largest = TensorPrimitives.MaxMagnitude(values);
        if (largest == 0)
            return 0;
        float best = largest / -levels;
        float least = SymmetricError(values, best, levels, out _);
        for (int i = 0; i < Candidates; i++)
        {
            SymmetricError(values, largest / -levels * Width(i), levels, out float fit);
            if (fit == 0)
                continue;
            float error = SymmetricError(values, fit, levels, out _);
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    private static float Width(int candidate) => Narrowest + (Widest - Narrowest) * candidate / (Candidates - 1);

    // Rounds to the grid; gives the squared error, and the scale and minimum that would fit these rounded values best. Fixed at 256 bits, so that sums are
    // taken in the same order, and files come out alike, on every machine.
    private static float AffineError(ReadOnlySpan<float> values, float scale, float minimum, int levels, out (float Scale, float Minimum) fit)
    {
        Vector256<float> error = default, sumQ = default, sumQQ = default, sumX = default, sumQX = default;
        Vector256<float> offset = Vector256.Create(minimum), inverse = Vector256.Create(1 / scale), top = Vector256.Create((float)levels);
        for (int i = 0; i < values.Length; i += Vector256<float>.Count)
        {
            var x = Vector256.Create(values[i..]);
            var q = Vector256.Clamp(Vector256.Round((x + offset) * inverse), Vector256<float>.Zero, top);
            var difference = q * scale - offset - x;
            error += difference * difference;
            sumQ += q;
            sumQQ += q * q;
            sumX += x;
            sumQX += q * x;
        }
        fit = BestAffine(values.Length, Vector256.Sum(sumQ), Vector256.Sum(sumQQ), Vector256.Sum(sumX), Vector256.Sum(sumQX));
        return Vector256.Sum(error);
    }

    private static (float Scale, float Minimum) BestAffine(int count, double sumQ, double sumQQ, double sumX, double sumQX)
    {
        double determinant = count * sumQQ - sumQ * sumQ;
        double slope = determinant > 0 ? (count * sumQX - sumQ * sumX) / determinant : 0;
        double minimum = (slope * sumQ - sumX) / count;
        // The format cannot shift upwards: without a minimum, the slope is that of a line through zero.
        return minimum >= 0 ? ((float)slope, (float)minimum) : (sumQQ > 0 ? (float)(sumQX / sumQQ) : 0, 0);
    }

    private static float SymmetricError(ReadOnlySpan<float> values, float scale, int levels, out float fit)
    {
        Vector256<float> error = default, sumQQ = default, sumQX = default;
        Vector256<float> inverse = Vector256.Create(1 / scale), bottom = Vector256.Create(-(float)levels), top = Vector256.Create(levels - 1f);
        for (int i = 0; i < values.Length; i += Vector256<float>.Count)
        {
            var x = Vector256.Create(values[i..]);
            var q = Vector256.Clamp(Vector256.Round(x * inverse), bottom, top);
            var difference = q * scale - x;
            error += difference * difference;
            sumQQ += q * q;
            sumQX += q * x;
        }
        float squares = Vector256.Sum(sumQQ);
        fit = squares > 0 ? Vector256.Sum(sumQX) / squares : 0;
        return Vector256.Sum(error);
    }
}
