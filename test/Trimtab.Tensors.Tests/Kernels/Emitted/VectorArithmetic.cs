namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>What instructions do to one 32-bit lane, as the processor's manual says.</summary>
internal static class VectorArithmetic
{
    /// <summary><c>vpdpbusd</c>: sum plus four products of an unsigned byte and a signed one, modulo 2³².</summary>
    public static uint ByteDot(uint sum, uint unsigned, uint signed)
    {
        for (int i = 0; i < 32; i += 8)
            sum += (uint)((byte)(unsigned >> i) * (sbyte)(signed >> i));
        return sum;
    }

    /// <summary>
    /// <c>vdpbf16ps</c>: sum plus the product of the upper brain floats, rounded to nearest even, then plus that of the lower ones, rounded again. Denormal numbers that come
    /// in, and denormal results, are zeros.
    /// </summary>
    public static uint BrainDot(uint sum, uint first, uint second)
    {
        float upper = Flushed(MathF.FusedMultiplyAdd(Single(first & 0xFFFF0000), Single(second & 0xFFFF0000), Single(sum)));
        return BitConverter.SingleToUInt32Bits(Flushed(MathF.FusedMultiplyAdd(Single(first << 16), Single(second << 16), upper)));
    }

    /// <summary><c>vmulps</c>.</summary>
    public static uint Multiply(uint a, uint b) => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(a) * BitConverter.UInt32BitsToSingle(b));

    /// <summary><c>vfmadd231ps</c>: the target is what is added to.</summary>
    public static uint MultiplyAdd(uint sum, uint a, uint b) => BitConverter.SingleToUInt32Bits(
        MathF.FusedMultiplyAdd(BitConverter.UInt32BitsToSingle(a), BitConverter.UInt32BitsToSingle(b), BitConverter.UInt32BitsToSingle(sum)));

    /// <summary><c>vcvtph2ps</c>.</summary>
    public static uint Widen(ushort half) => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf(half));

    private static float Single(uint bits) => Flushed(BitConverter.UInt32BitsToSingle(bits));

    private static float Flushed(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
}
