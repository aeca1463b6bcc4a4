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
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[144..])
        {
            target[..144].Clear();
            RoundGroups(source[..Elements], target, 15, q);
            PackNibbles(q, target[16..]);
        }
    }

    /// <summary>5-bit values in groups of 32 with 6-bit scales and minima.</summary>
    public static void EncodeQ5_K(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[176..])
        {
            target[..176].Clear();
            RoundGroups(source[..Elements], target, 31, q);
            for (int i = 0; i < Elements; i++)
                target[16 + i % Group] |= (byte)(q[i] >> 4 << i / Group);
            PackNibbles(q, target[48..]);
        }
    }

    /// <summary>6-bit values in groups of 16 with signed 8-bit scales.</summary>
    public static void EncodeQ6_K(ReadOnlySpan<float> source, Span<byte> target)
    {
        Span<int> q = stackalloc int[Elements];
        for (; !source.IsEmpty; source = source[Elements..], target = target[210..])
        {
            target[..210].Clear();
            RoundSmallGroups(source[..Elements], target, q);
            for (int i = 0; i < Elements; i++)
            {
                int half = i / 128, group = i % 128 / 32, at = i % 32;
                target[half * 64 + group % 2 * 32 + at] |= (byte)((q[i] & 15) << group / 2 * 4);
                target[128 + half * 32 + at] |= (byte)(q[i] >> 4 << group * 2);
            }
        }
    }

    private static void RoundGroups(ReadOnlySpan<float> values, Span<byte> block, int levels, Span<int> q)
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
            float step = d * scale, offset = dmin * minimum;
            for (int i = g * Group; i < (g + 1) * Group; i++)
                q[i] = step == 0 ? 0 : (int)Math.Clamp(MathF.Round((values[i] + offset) / step), 0, levels);
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

    private static void PackNibbles(ReadOnlySpan<int> q, Span<byte> target)
    {
        for (int i = 0; i < Elements; i++)
            target[i / (2 * Group) * Group + i % Group] |= (byte)((q[i] & 15) << i / Group % 2 * 4);
    }

    private static void RoundSmallGroups(ReadOnlySpan<float> values, Span<byte> block, Span<int> q)
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
            float step = d * scale;
            for (int i = g * SmallGroup; i < (g + 1) * SmallGroup; i++)
                q[i] = 32 + (step == 0 ? 0 : (int)Math.Clamp(MathF.Round(values[i] / step), -32, 31));
        }
    }
}
