using System.Runtime.Intrinsics;
using static Trimtab.Tensors.Kernels.Quant.RowDecoder;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>The 256-element super-blocks of GGUF ("K-quants"): scales of small groups are themselves quantised against the super-block's scale.</summary>
public static class SuperBlocks
{
    private const int Elements = 256;

    /// <summary>
    /// value = d·s·q − dmin·m with s, m per group of 32. Block: half d, half dmin, 12 bytes of 6-bit (s, m), 128 nibble bytes: in each run of
    /// 32 bytes the low nibbles are one group and the high nibbles the next.
    /// </summary>
    public static void DecodeQ4_K(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[144..], target = target[Elements..])
        {
            float d = ReadHalf(source), min = ReadHalf(source[2..]);
            var scales = source.Slice(4, 12);
            for (int group = 0; group < 8; group++)
            {
                var (scale, offset) = ScaleAndMinimum(scales, group);
                float ds = d * scale, dm = min * offset;
                for (int half = 0; half < 2; half++)
                    CodeWidening.Shifted(Nibbles(source[(16 + group / 2 * 32 + half * 16)..], group % 2), ds, -dm, target[(group * 32 + half * 16)..]);
            }
        }
    }

    /// <summary>As Q4_K with a fifth bit: 32 bytes after the scales hold it, bit g of byte i for element i of group g.</summary>
    public static void DecodeQ5_K(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[176..], target = target[Elements..])
        {
            float d = ReadHalf(source), min = ReadHalf(source[2..]);
            var scales = source.Slice(4, 12);
            var fifth = source.Slice(16, 32);
            for (int group = 0; group < 8; group++)
            {
                var (scale, offset) = ScaleAndMinimum(scales, group);
                float ds = d * scale, dm = min * offset;
                for (int half = 0; half < 2; half++)
                {
                    var high = (Vector128.Create<byte>(fifth[(half * 16)..]) >> group & Vector128<byte>.One) << 4;
                    CodeWidening.Shifted(Nibbles(source[(48 + group / 2 * 32 + half * 16)..], group % 2) | high, ds, -dm, target[(group * 32 + half * 16)..]);
                }
            }
        }
    }

    /// <summary>
    /// value = d·s·(q − 32) with a signed byte s per 16 elements. Block: 128 bytes of low nibbles, 64 of upper bit pairs, 16 scales, half d. In each half
    /// of 128 elements, element 32·g + i takes its nibble from byte i + 32·(g mod 2) (low for g &lt; 2, else high) and bits 2g of upper byte i.
    /// </summary>
    public static void DecodeQ6_K(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; !target.IsEmpty; source = source[210..], target = target[Elements..])
        {
            float d = ReadHalf(source[208..]);
            for (int half = 0; half < 2; half++)
            {
                var low = source.Slice(half * 64, 64);
                var high = source.Slice(128 + half * 32, 32);
                var scales = source.Slice(192 + half * 8, 8);
                for (int part = 0; part < 8; part++)
                {
                    int group = part / 2, at = part % 2 * 16;
                    var upper = (Vector128.Create<byte>(high[at..]) >> group * 2 & Vector128.Create((byte)3)) << 4;
                    var codes = (Nibbles(low[(at + group % 2 * 32)..], group / 2) | upper) - Vector128.Create((byte)32);
                    CodeWidening.Scaled(codes, d * (sbyte)scales[part], target[(half * 128 + part * 16)..]);
                }
            }
        }
    }

    // The lower (0) or upper (1) four bits of 16 bytes.
    private static Vector128<byte> Nibbles(ReadOnlySpan<byte> bytes, int upper) => Vector128.Create(bytes) >> upper * 4 & Vector128.Create((byte)15);

    // Twelve bytes hold eight 6-bit scales and eight 6-bit minima: groups 0–3 in the lower six bits of bytes 0–3 and 4–7; groups 4–7 have their lower
    // nibbles in bytes 8–11 and their upper two bits in the spare bits of bytes 0–7.
    private static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : (packed[group + 4] & 15 | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);
}
