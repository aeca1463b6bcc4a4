using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// Rounds values to the whole numbers that blocks store, eight at a time by the arithmetic of one at a time: a sum, a true division, a rounding to even. So files come
/// out alike on every machine.
/// </summary>
internal static class CodeRounding
{
    /// <summary>How many values are taken at once: the smallest group of the block types.</summary>
    private const int Step = 16;

    /// <summary>
    /// codes[i] = clamp(round((values[i] + offset) / scale) + zero, 0, top), for a multiple of 16 values. A scale that underflowed to zero makes every code
    /// <paramref name="zero"/>.
    /// </summary>
    public static void Round(ReadOnlySpan<float> values, float offset, float scale, int zero, int top, Span<byte> codes)
    {
        if (scale == 0)
        {
            codes[..values.Length].Fill((byte)zero);
            return;
        }
        for (int i = 0; i < values.Length; i += Step)
        {
            var low = Round(Vector256.Create(values[i..]), offset, scale, zero, top);
            var high = Round(Vector256.Create(values[(i + Vector256<float>.Count)..]), offset, scale, zero, top);
            var words = Vector256.Narrow(low, high);
            Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte().CopyTo(codes[i..]);
        }
    }

    // Values are finite and the scale is not zero, so no NaN reaches the clamp, and the processor's own minimum and maximum will do.
    private static Vector256<int> Round(Vector256<float> values, float offset, float scale, int zero, int top)
    {
        var rounded = Vector256.Round((values + Vector256.Create(offset)) / Vector256.Create(scale)) + Vector256.Create((float)zero);
        return Vector256.ConvertToInt32Native(Vector256.ClampNative(rounded, Vector256<float>.Zero, Vector256.Create((float)top)));
    }
}
