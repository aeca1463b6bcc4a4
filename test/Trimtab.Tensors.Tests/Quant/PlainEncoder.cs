using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Tests.Quant;

/// <summary>The block encoders one value at a time: what the vectors must give, byte for byte.</summary>
internal static class PlainEncoder
{
    /// <summary>The blocks of a row.</summary>
    public static byte[] Encode(DType type, float[] values) => [.. values.Chunk(type.BlockElements()).SelectMany(block => type switch
    {
        DType.Q4_0 => [.. HalfBytes(Largest(block) / -8, out float d), .. Nibbles(Symmetric(block, d, 8, 15))],
        DType.Q5_0 => [.. HalfBytes(Largest(block) / -16, out float d), .. Fifths(Symmetric(block, d, 16, 31)), .. Nibbles(Symmetric(block, d, 16, 31))],
        DType.Q8_0 => [.. HalfBytes(MathF.Abs(Largest(block)) / 127, out float d), .. Symmetric(block, d, 127, 254).Select(q => (byte)(sbyte)(q - 127))],
        DType.Q4_1 => Affine(block, 15),
        DType.Q5_1 => Affine(block, 31),
        DType.Q4_K => SuperBlock(block, 15),
        DType.Q5_K => SuperBlock(block, 31),
        _ => SmallGroups(block),
    })];

    private static float Largest(float[] values) => TensorPrimitives.MaxMagnitude<float>(values);

    private static byte[] HalfBytes(float value, out float stored)
    {
        stored = (float)(System.Half)value;
        return BitConverter.GetBytes((System.Half)value);
    }

    private static int[] Symmetric(float[] values, float scale, int zero, int top) =>
        [.. values.Select(v => scale == 0 ? zero : Math.Clamp((int)MathF.Round(v / scale) + zero, 0, top))];

    private static int[] Shifted(IEnumerable<float> values, float offset, float scale, int levels) =>
        [.. values.Select(v => scale == 0 ? 0 : Math.Clamp((int)MathF.Round((v + offset) / scale), 0, levels))];

    private static byte[] Nibbles(int[] q) => [.. Enumerable.Range(0, q.Length / 2).Select(i => (byte)((q[i] & 15) | (q[i + q.Length / 2] & 15) << 4))];

    private static byte[] Fifths(int[] q) => BitConverter.GetBytes(q.Select((code, i) => (uint)(code >> 4) << i).Aggregate((a, b) => a | b));

    private static byte[] Affine(float[] block, int levels)
    {
        byte[] d = HalfBytes((block.Max() - block.Min()) / levels, out float scale), m = HalfBytes(block.Min(), out float minimum);
        int[] q = Shifted(block, -minimum, scale, levels);
        return [.. d, .. m, .. levels > 15 ? Fifths(q) : [], .. Nibbles(q)];
    }

    private static byte[] SuperBlock(float[] block, int levels)
    {
        float[][] groups = [.. block.Chunk(32)];
        (float Scale, float Minimum)[] fits = [.. groups.Select(group => AffineFit(group, levels))];
        byte[] d = HalfBytes(fits.Max(fit => fit.Scale) / 63, out float unit), m = HalfBytes(fits.Aggregate(0f, (most, fit) => Math.Max(most, fit.Minimum)) / 63, out float minimumUnit);
        int[] scales = [.. fits.Select(fit => Share(fit.Scale, unit))], minima = [.. fits.Select(fit => Share(fit.Minimum, minimumUnit))];
        int[][] q = [.. groups.Select((group, g) => Shifted(group, minimumUnit * minima[g], unit * scales[g], levels))];
        byte[] packed = new byte[12];
        for (int g = 0; g < 4; g++)
        {
            packed[g] = (byte)(scales[g] | scales[g + 4] >> 4 << 6);
            packed[g + 4] = (byte)(minima[g] | minima[g + 4] >> 4 << 6);
            packed[g + 8] = (byte)(scales[g + 4] & 15 | (minima[g + 4] & 15) << 4);
        }
        byte[] fifth = [.. Enumerable.Range(0, 32).Select(i => (byte)q.Select((codes, g) => codes[i] >> 4 << g).Sum())];
        return [.. d, .. m, .. packed, .. levels > 15 ? fifth : [], .. Enumerable.Range(0, 4).SelectMany(pair => Nibbles([.. q[2 * pair], .. q[2 * pair + 1]]))];
    }

    private static int Share(float part, float unit) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(part / unit), 0, 63);

    private static byte[] SmallGroups(float[] block)
    {
        float[][] groups = [.. block.Chunk(16)];
        float[] fits = [.. groups.Select(SymmetricFit)];
        byte[] d = HalfBytes(fits.Max(MathF.Abs) / 127, out float unit);
        int[] scales = [.. fits.Select(fit => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(fit / unit), -127, 127))];
        int[] q = [.. groups.SelectMany((group, g) => Symmetric(group, unit * scales[g], 32, 63))];
        byte[] block210 = new byte[210];
        for (int i = 0; i < 256; i++)
        {
            int half = i / 128, group = i % 128 / 32, at = i % 32;
            block210[half * 64 + group % 2 * 32 + at] |= (byte)((q[i] & 15) << group / 2 * 4);
            block210[128 + half * 32 + at] |= (byte)(q[i] >> 4 << group * 2);
        }
        scales.Select(scale => (byte)(sbyte)scale).ToArray().CopyTo(block210, 192);
        d.CopyTo(block210, 208);
        return block210;
    }

    private static (float Scale, float Minimum) AffineFit(float[] values, int levels)
    {
        float low = Math.Min(0, values.Min()), high = values.Max();
        if (high <= low)
            return (0, -low);
        float[] Round(float scale, float minimum) => [.. values.Select(x => Math.Clamp(MathF.Round((x + minimum) * (1 / scale)), 0, levels))];
        float Error(float scale, float minimum) => Sum([.. Round(scale, minimum).Select((q, i) => Square(q * scale - minimum - values[i]))]);
        var best = (Scale: (high - low) / levels, Minimum: -low);
        float least = Error(best.Scale, best.Minimum);
        for (int i = 0; i < 21; i++)
        {
            float[] q = Round((high - low) / levels * Width(i), -low);
            var fit = BestAffine(Sum(q), Sum([.. q.Select(Square)]), Sum(values), Sum([.. q.Select((code, at) => code * values[at])]));
            float error = fit.Scale > 0 ? Error(fit.Scale, fit.Minimum) : float.NaN;
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    private static (float Scale, float Minimum) BestAffine(double sumQ, double sumQQ, double sumX, double sumQX)
    {
        double determinant = 32 * sumQQ - sumQ * sumQ;
        double slope = determinant > 0 ? (32 * sumQX - sumQ * sumX) / determinant : 0, minimum = (slope * sumQ - sumX) / 32;
        return minimum >= 0 ? ((float)slope, (float)minimum) : (sumQQ > 0 ? (float)(sumQX / sumQQ) : 0, 0);
    }

    private static float SymmetricFit(float[] values)
    {
        float largest = Largest(values);
        if (largest == 0)
            return 0;
        float[] Round(float scale) => [.. values.Select(x => Math.Clamp(MathF.Round(x * (1 / scale)), -32, 31))];
        float Error(float scale) => Sum([.. Round(scale).Select((q, i) => Square(q * scale - values[i]))]);
        float best = largest / -32, least = Error(best);
        for (int i = 0; i < 21; i++)
        {
            float[] q = Round(largest / -32 * Width(i));
            float squares = Sum([.. q.Select(Square)]), fit = squares > 0 ? Sum([.. q.Select((code, at) => code * values[at])]) / squares : 0;
            float error = fit != 0 ? Error(fit) : float.NaN;
            if (error < least)
                (best, least) = (fit, error);
        }
        return best;
    }

    private static float Width(int candidate) => 0.75f + (1.05f - 0.75f) * candidate / 20;

    private static float Square(float value) => value * value;

    // The one order of sums: eight columns from top to bottom, then across them.
    private static float Sum(float[] values)
    {
        var columns = new float[8];
        for (int i = 0; i < values.Length; i++)
            columns[i % 8] += values[i];
        return Vector256.Sum(Vector256.Create(columns));
    }
}
