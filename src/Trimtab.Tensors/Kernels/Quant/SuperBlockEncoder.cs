using System.Runtime.Intrinsics;
using static Trimtab.Tensors.Kernels.Quant.LegacyEncoder;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>
/// Encodes the 256-element super-blocks of GGUF; the layouts are those of <see cref="SuperBlocks"/>. Groups are fitted one by one, their scales rounded
/// against the super-block's, and the elements then rounded against the scales as stored.
/// </summary>
public static class SuperBlockEncoder
{
    private const int Elements = 256;
    private const int Group = 32, Groups = Elements / Group;
    private const int SmallGroup = 16, SmallGroups = Elements / SmallGroup;
    private const int LargestScale = 63;

    /// <summary>4-bit values in groups of 32 with 6-bit scales and minima.</summary>
    public static void EncodeQ4_K(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[144..])
        {
            target[..16].Clear();
            RoundGroups(source[..Elements], target, 15, codes);
            PackNibbles(codes, target[16..]);
        }
    }

    /// <summary>5-bit values in groups of 32 with 6-bit scales and minima.</summary>
    public static void EncodeQ5_K(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[176..])
        {
            target[..16].Clear();
            RoundGroups(source[..Elements], target, 31, codes);
            var fifth = Vector256<byte>.Zero;
            for (int g = 0; g < Groups; g++)
                fifth |= (At(codes, g) >> 4) << g;
            fifth.CopyTo(target[16..]);
            PackNibbles(codes, target[48..]);
        }
    }

    /// <summary>6-bit values in groups of 16 with signed 8-bit scales.</summary>
    public static void EncodeQ6_K(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<byte> codes = stackalloc byte[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[210..])
        {
            RoundSmallGroups(source[..Elements], target, codes);
            for (int half = 0; half < 2; half++)
            {
                var (a, b, c, d) = (At(codes, 4 * half), At(codes, 4 * half + 1), At(codes, 4 * half + 2), At(codes, 4 * half + 3));
                Nibbles(a, c).CopyTo(target[(half * 64)..]);
                Nibbles(b, d).CopyTo(target[(half * 64 + 32)..]);
                ((a >> 4) | (b >> 4 << 2) | (c >> 4 << 4) | (d >> 4 << 6)).CopyTo(target[(128 + half * 32)..]);
            }
        }
    }

    // Codes 32·g … 32·g + 31.
    private static Vector256<byte> At(ReadOnlySpan<byte> codes, int group) => Vector256.Create<byte>(codes[(group * Group)..]);

    private static void RoundGroups(ReadOnlySpan<float> values, Span<byte> block, int levels, Span<byte> codes)
    {
        Span<float> scales = stackalloc float[Groups], minima = stackalloc float[Groups];
        float largestScale = 0, largestMinimum = 0;
        for (int g = 0; g < Groups; g++)
        {
            (scales[g], minima[g]) = GroupFit.Affine(values.Slice(g * Group, Group), levels);
            (largestScale, largestMinimum) = (Math.Max(largestScale, scales[g]), Math.Max(largestMinimum, minima[g]));
        }
        float d = WriteHalf(block, largestScale / LargestScale), dmin = WriteHalf(block[2..], largestMinimum / LargestScale);
        for (int g = 0; g < Groups; g++)
        {
            int scale = Share(scales[g], d), minimum = Share(minima[g], dmin);
            PackScale(block.Slice(4, 12), g, scale, minimum);
            CodeRounding.Round(values.Slice(g * Group, Group), dmin * minimum, d * scale, 0, levels, codes[(g * Group)..]);
        }
    }

    private static int Share(float part, float unit) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(part / unit), 0, LargestScale);

    // See SuperBlocks for where the bits of groups 4–7 lie.
    private static void PackScale(Span<byte> packed, int group, int scale, int minimum)
    {
        if (group < 4)
        {
            packed[group] |= (byte)scale;
            packed[group + 4] |= (byte)minimum;
            return;
        }
        packed[group + 4] = (byte)(scale & 15 | (minimum & 15) << 4);
        packed[group - 4] |= (byte)(scale >> 4 << 6);
        packed[group] |= (byte)(minimum >> 4 << 6);
    }

    private static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> target)
    {
        for (int pair = 0; pair < Groups / 2; pair++)
            Nibbles(At(codes, 2 * pair), At(codes, 2 * pair + 1)).CopyTo(target[(pair * Group)..]);
    }

    private static void RoundSmallGroups(ReadOnlySpan<float> values, Span<byte> block, Span<byte> codes)
    {
        Span<float> scales = stackalloc float[SmallGroups];
        float largest = 0;
        for (int g = 0; g < SmallGroups; g++)
        {
            scales[g] = GroupFit.Symmetric(values.Slice(g * SmallGroup, SmallGroup), 32);
            largest = Math.Max(largest, MathF.Abs(scales[g]));
        }
        float d = WriteHalf(block[208..], largest / sbyte.MaxValue);
        for (int g = 0; g < SmallGroups; g++)
        {
            int scale = d == 0 ? 0 : (int)Math.Clamp(MathF.Round(scales[g] / d), -sbyte.MaxValue, sbyte.MaxValue);
            block[192 + g] = (byte)(sbyte)scale;
            CodeRounding.Round(values.Slice(g * SmallGroup, SmallGroup), 0, d * scale, 32, 63, codes[(g * SmallGroup)..]);
        }
    }
}
