using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Rows for the weights of super-blocks: per 256 positions 256 signed codes, one scale per group of 32 (x ≈ scale · code, scale = max|x| / 127), and the sums that the
/// weights' minima and offsets are multiplied with. A scale per 32 rather than per 256 keeps one outlier from coarsening 255 neighbours; it costs one conversion per group,
/// and makes every integer sum so small that the conversion is exact. A NaN or an infinity becomes the scale of its group, so that it reaches the row's outputs.
/// </summary>
internal sealed unsafe class SuperBlockRows : RowForm
{
    /// <summary>Positions of a super-block, and of a group with a scale of its own.</summary>
    public const int Elements = 256, Group = 32, Groups = Elements / Group;

    /// <summary>Where in a block lie: a single scale per group, a single scale · Σ codes per group, a short Σ codes per 16 positions. The codes lie at 0.</summary>
    public const int Scales = Elements, Sums = Scales + Groups * sizeof(float), HalfSums = Sums + Groups * sizeof(float);

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = HalfSums + 2 * Groups * sizeof(short);

    /// <summary>The largest code.</summary>
    public const int Largest = 127;

    // Below it a quotient by the scale could leave the codes' range, because subnormal scales are coarse; values that small count as zeros.
    private const float SmallestScale = 1.17549435e-38f;

    private SuperBlockRows()
    {
    }

    /// <summary>The one form of all super-block formats: they share the rows that one of them has made.</summary>
    public static SuperBlockRows Shared { get; } = new();

    /// <inheritdoc/>
    public override long Bytes(int inner) => ((long)inner / Elements * BlockBytes + 63) & ~63L;

    /// <inheritdoc/>
    public override void Prepare(float* row, int inner, byte* target)
    {
        for (int k = 0; k < inner; k += Elements, target += BlockBytes)
            for (int group = 0; group < Groups; group++)
                PrepareGroup(new ReadOnlySpan<float>(row + k + group * Group, Group), target, group);
    }

    private static void PrepareGroup(ReadOnlySpan<float> values, byte* block, int group)
    {
        float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(values)) / Largest;
        if (scale < SmallestScale)
            scale = 0;
        sbyte* codes = (sbyte*)block + group * Group;
        Encode(values, scale, codes);
        int first = Sum(codes), second = Sum(codes + Group / 2);
        ((float*)(block + Scales))[group] = scale;
        ((float*)(block + Sums))[group] = scale * (first + second);
        (((short*)(block + HalfSums))[2 * group], ((short*)(block + HalfSums))[2 * group + 1]) = ((short)first, (short)second);
    }

    private static void Encode(ReadOnlySpan<float> values, float scale, sbyte* codes)
    {
        if (scale == 0 || !float.IsFinite(scale))
        {
            new Span<sbyte>(codes, Group).Clear();
            return;
        }
        Span<float> quotients = stackalloc float[Group];
        TensorPrimitives.Divide(values, scale, quotients);
        TensorPrimitives.Round(quotients, quotients);
        for (int i = 0; i < Group; i++)
            codes[i] = (sbyte)quotients[i];
    }

    private static int Sum(sbyte* codes)
    {
        int sum = 0;
        for (int i = 0; i < Group / 2; i++)
            sum += codes[i];
        return sum;
    }
}
