using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// Finds the scale (and minimum) of one group of elements with the least squared error. Rounding makes the error jump, so a row of grids is tried, from a
/// little narrower to a little wider than the values' range; after rounding to a grid, its best scale follows in closed form.
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
        double least = AffineError(values, best.Scale, best.Minimum, levels, out _);
        for (int i = 0; i < Candidates; i++)
        {
            float scale = (high - low) / levels * Width(i);
            AffineError(values, scale, -low, levels, out var fit);
            if (!(fit.Scale > 0))
                continue;
            double error = AffineError(values, fit.Scale, fit.Minimum, levels, out _);
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
        double least = SymmetricError(values, best, levels, out _);
        for (int i = 0; i < Candidates; i++)
        {
            SymmetricError(values, largest / -levels * Width(i), levels, out float fit);
            if (fit == 0)
                continue;
            double error = SymmetricError(values, fit, levels, out _);
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    private static float Width(int candidate) => Narrowest + (Widest - Narrowest) * candidate / (Candidates - 1);

    // Rounds to the grid; gives the squared error, and the scale and minimum that would fit these rounded values best.
    private static double AffineError(ReadOnlySpan<float> values, float scale, float minimum, int levels, out (float Scale, float Minimum) fit)
    {
        double error = 0, sumQ = 0, sumQQ = 0, sumX = 0, sumQX = 0;
        float inverse = 1 / scale;
        foreach (float value in values)
        {
            float q = Math.Clamp(MathF.Round((value + minimum) * inverse), 0, levels);
            float difference = scale * q - minimum - value;
            error += difference * difference;
            sumQ += q;
            sumQQ += q * q;
            sumX += value;
            sumQX += q * value;
        }
        double determinant = values.Length * sumQQ - sumQ * sumQ;
        double slope = determinant > 0 ? (values.Length * sumQX - sumQ * sumX) / determinant : 0;
        double offset = (slope * sumQ - sumX) / values.Length;
        // The format cannot shift upwards: without a minimum, the slope is that of a line through zero.
        fit = offset >= 0 ? ((float)slope, (float)offset) : (sumQQ > 0 ? (float)(sumQX / sumQQ) : 0, 0);
        return error;
    }

    private static double SymmetricError(ReadOnlySpan<float> values, float scale, int levels, out float fit)
    {
        double error = 0, sumQQ = 0, sumQX = 0;
        float inverse = 1 / scale;
        foreach (float value in values)
        {
            float q = Math.Clamp(MathF.Round(value * inverse), -levels, levels - 1);
            float difference = scale * q - value;
            error += difference * difference;
            sumQQ += q * q;
            sumQX += q * value;
        }
        fit = sumQQ > 0 ? (float)(sumQX / sumQQ) : 0;
        return error;
    }
}
