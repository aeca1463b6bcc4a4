using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Encodes the 32-element blocks of GGUF; the layouts are those of <see cref="LegacyBlocks"/>.</summary>
public static class LegacyEncoder
{
    private const int Elements = 32;
    private const int Half = Elements / 2;

    /// <summary>Signed 4-bit values: the value of largest size becomes exactly −8, so the scale may be negative.</summary>
    public static void EncodeQ4_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[18..])
        {
            Round(source[..Elements], WriteHalf(target, LargestInSize(source[..Elements]) / -8), 8, 15, q);
            PackNibbles(q, target[2..]);
        }
    }

    /// <summary>4-bit values over [smallest, largest].</summary>
    public static void EncodeQ4_1(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[20..])
        {
            RoundAffine(source[..Elements], target, 15, q);
            PackNibbles(q, target[4..]);
        }
    }

    /// <summary>Signed 5-bit values: the value of largest size becomes exactly −16.</summary>
    public static void EncodeQ5_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[22..])
        {
            Round(source[..Elements], WriteHalf(target, LargestInSize(source[..Elements]) / -16), 16, 31, q);
            PackFifthBits(q, target[2..]);
            PackNibbles(q, target[6..]);
        }
    }

    /// <summary>5-bit values over [smallest, largest].</summary>
    public static void EncodeQ5_1(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[24..])
        {
            RoundAffine(source[..Elements], target, 31, q);
            PackFifthBits(q, target[4..]);
            PackNibbles(q, target[8..]);
        }
    }

    /// <summary>Signed 8-bit values over ±127.</summary>
    public static void EncodeQ8_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[34..])
        {
            Round(source[..Elements], WriteHalf(target, MathF.Abs(LargestInSize(source[..Elements])) / 127), 127, 254, q);
            for (int i = 0; i < Elements; i++)
                target[2 + i] = (byte)(sbyte)(q[i] - 127);
        }
    }

    /// <summary>Stores a scale and returns what it decodes to: elements are rounded against that, not against the exact scale.</summary>
    internal static float WriteHalf(Span<byte> target, float value)
    {
        var half = (System.Half)value;
        BinaryPrimitives.WriteHalfLittleEndian(target, half);
        return (float)half;
    }

    private static float LargestInSize(ReadOnlySpan<float> values) => TensorPrimitives.MaxMagnitude(values);

    private static void RoundAffine(ReadOnlySpan<float> values, Span<byte> target, int levels, Span<int> q)
    {
        float low = TensorPrimitives.Min(values);
        float scale = WriteHalf(target, (TensorPrimitives.Max(values) - low) / levels);
        float minimum = WriteHalf(target[2..], low);
        for (int i = 0; i < values.Length; i++)
            q[i] = scale == 0 ? 0 : Math.Clamp((int)MathF.Round((values[i] - minimum) / scale), 0, levels);
    }

    // q = round(value / scale) + zero in [0, top]; a scale that underflows to zero makes every element zero.
    private static void Round(ReadOnlySpan<float> values, float scale, int zero, int top, Span<int> q)
    {
        for (int i = 0; i < values.Length; i++)
            q[i] = scale == 0 ? zero : Math.Clamp((int)MathF.Round(values[i] / scale) + zero, 0, top);
    }

    private static void PackNibbles(ReadOnlySpan<int> q, Span<byte> target)
    {
        for (int i = 0; i < Half; i++)
            target[i] = (byte)(q[i] & 15 | (q[i + Half] & 15) << 4);
    }

    private static void PackFifthBits(ReadOnlySpan<int> q, Span<byte> target)
    {
        uint bits = 0;
        for (int i = 0; i < Elements; i++)
            bits |= (uint)(q[i] >> 4) << i;
        BinaryPrimitives.WriteUInt32LittleEndian(target, bits);
    }
}
