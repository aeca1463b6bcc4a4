using System.Runtime.Intrinsics;
using static Trimtab.Tensors.Kernels.Quant.RowDecoder;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// The 32-element blocks of GGUF. In the 4- and 5-bit types the low nibble of byte i is element i and the high nibble element i + 16; fifth bits stand in a
/// 32-bit word, bit i for element i.
/// </summary>
public static class LegacyBlocks
{
    private const int Elements = 32;
    private const int Half = Elements / 2;

    /// <summary>value = d · (q − 8); block: half d, 16 nibble bytes.</summary>
    public static void DecodeQ4_0(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[18..], target = target[Elements..])
        {
            float d = ReadHalf(source);
            var pairs = Vector128.Create<byte>(source[2..]);
            CodeWidening.Scaled((pairs & Vector128.Create((byte)15)) - Vector128.Create((byte)8), d, target);
            CodeWidening.Scaled((pairs >> 4) - Vector128.Create((byte)8), d, target[Half..]);
        }
    }

    /// <summary>value = d · q + m; block: half d, half m, 16 nibble bytes.</summary>
    public static void DecodeQ4_1(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[20..], target = target[Elements..])
        {
            float d = ReadHalf(source), m = ReadHalf(source[2..]);
            var pairs = Vector128.Create<byte>(source[4..]);
            CodeWidening.Shifted(pairs & Vector128.Create((byte)15), d, m, target);
            CodeWidening.Shifted(pairs >> 4, d, m, target[Half..]);
        }
    }

    /// <summary>value = d · (q − 16); block: half d, 32 fifth bits, 16 nibble bytes.</summary>
    public static void DecodeQ5_0(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[22..], target = target[Elements..])
        {
            float d = ReadHalf(source);
            uint fifth = BitConverter.ToUInt32(source[2..]);
            for (int i = 0; i < Half; i++)
            {
                byte pair = source[6 + i];
                target[i] = d * ((pair & 15 | FifthBit(fifth, i)) - 16);
                target[i + Half] = d * ((pair >> 4 | FifthBit(fifth, i + Half)) - 16);
            }
        }
    }

    /// <summary>The blocks of Q8_0 that have the values of blocks of Q5_0: the same scale, codes −16 … 15.</summary>
    public static void WidenQ5_0(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (; !target.IsEmpty; source = source[22..], target = target[34..])
        {
            source[..2].CopyTo(target);
            uint fifth = BitConverter.ToUInt32(source[2..]);
            for (int i = 0; i < Half; i++)
            {
                byte pair = source[6 + i];
                target[2 + i] = (byte)((pair & 15 | FifthBit(fifth, i)) - 16);
                target[2 + i + Half] = (byte)((pair >> 4 | FifthBit(fifth, i + Half)) - 16);
            }
        }
    }

    /// <summary>value = d · q + m; block: half d, half m, 32 fifth bits, 16 nibble bytes.</summary>
    public static void DecodeQ5_1(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[24..], target = target[Elements..])
        {
            float d = ReadHalf(source), m = ReadHalf(source[2..]);
            uint fifth = BitConverter.ToUInt32(source[4..]);
            for (int i = 0; i < Half; i++)
            {
                byte pair = source[8 + i];
                target[i] = d * (pair & 15 | FifthBit(fifth, i)) + m;
                target[i + Half] = d * (pair >> 4 | FifthBit(fifth, i + Half)) + m;
            }
        }
    }

    /// <summary>value = d · q; block: half d, 32 signed bytes.</summary>
    public static void DecodeQ8_0(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[34..], target = target[Elements..])
        {
            float d = ReadHalf(source);
            CodeWidening.Scaled(Vector128.Create<byte>(source[2..]), d, target);
            CodeWidening.Scaled(Vector128.Create<byte>(source[(2 + Half)..]), d, target[Half..]);
        }
    }

    private static int FifthBit(uint bits, int index) => (int)(bits >> index & 1) << 4;
}
