using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Encodes the 32-element blocks of GGUF; the layouts are those of <see cref="LegacyBlocks"/>.</summary>
public static class LegacyEncoder
{
    private const int Elements = 32;

    /// <summary>Signed 4-bit values: the value of largest size becomes exactly −8, so the scale may be negative.</summary>
    public static void EncodeQ4_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[18..])
        {
            RoundSymmetric(source[..Elements], target, -8, 8, 15, codes);
            PackNibbles(codes, target[2..]);
        }
    }

    /// <summary>4-bit values over [smallest, largest].</summary>
    public static void EncodeQ4_1(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[20..])
        {
            RoundAffine(source[..Elements], target, 15, codes);
            PackNibbles(codes, target[4..]);
        }
    }

    /// <summary>Signed 5-bit values: the value of largest size becomes exactly −16.</summary>
    public static void EncodeQ5_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[22..])
        {
            RoundSymmetric(source[..Elements], target, -16, 16, 31, codes);
            PackFifthBits(codes, target[2..]);
            PackNibbles(codes, target[6..]);
        }
    }

    /// <summary>5-bit values over [smallest, largest].</summary>
    public static void EncodeQ5_1(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[24..])
        {
            RoundAffine(source[..Elements], target, 31, codes);
            PackFifthBits(codes, target[4..]);
            PackNibbles(codes, target[8..]);
        }
    }

    /// <summary>Signed 8-bit values over ±127.</summary>
    public static void EncodeQ8_0(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[34..])
        {
            float scale = WriteHalf(target, MathF.Abs(TensorPrimitives.MaxMagnitude(source[..Elements])) / 127);
            CodeRounding.Round(source[..Elements], 0, scale, 127, 254, codes);
            (Vector256.Create<byte>(codes) - Vector256.Create((byte)127)).CopyTo(target[2..]);
        }
    }

    /// <summary>Stores a scale and returns what it decodes to: elements are rounded against that, not against the exact scale.</summary>
    internal static float WriteHalf(Span<byte> target, float value)
    {
        var half = (System.Half)value;
        BinaryPrimitives.WriteHalfLittleEndian(target, half);
        return (float)half;
    }

    /// <summary>Two codes to a byte, the second in the upper four bits; bits above the fourth are left away.</summary>
    internal static Vector256<byte> Nibbles(Vector256<byte> low, Vector256<byte> high) => (low & Vector256.Create((byte)15)) | (high << 4);

    private static void RoundSymmetric(ReadOnlySpan<float> values, Span<byte> target, int largestCode, int zero, int top, Span<byte> codes) =>
        CodeRounding.Round(values, 0, WriteHalf(target, TensorPrimitives.MaxMagnitude(values) / largestCode), zero, top, codes);

    private static void RoundAffine(ReadOnlySpan<float> values, Span<byte> target, int levels, Span<byte> codes)
    {
        float low = TensorPrimitives.Min(values);
        float scale = WriteHalf(target, (TensorPrimitives.Max(values) - low) / levels);
        float minimum = WriteHalf(target[2..], low);
        CodeRounding.Round(values, -minimum, scale, 0, levels, codes);
    }

    private static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> target)
    {
        var all = Vector256.Create<byte>(codes);
        Nibbles(all, Vector256.Create(all.GetUpper(), all.GetUpper())).GetLower().CopyTo(target);
    }

    private static void PackFifthBits(ReadOnlySpan<byte> codes, Span<byte> target) =>
        BinaryPrimitives.WriteUInt32LittleEndian(target, (Vector256.Create<byte>(codes) << 3).ExtractMostSignificantBits());
}
