using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    public const int LargestCode = 127;

    // Below it a quotient by the scale could leave the codes' range, because subnormal scales are coarse; values that small count as zeros.
    private const float SmallestScale = 1.17549435e-38f;

    private SuperBlockRows()
    {
    }

    /// <summary>The one form of all super-block formats: they share the rows that one of them has made.</summary>
    public static SuperBlockRows Shared { get; } = new();

    /// <inheritdoc/>
    public override long Bytes(int inner) => Aligned((long)inner / Elements * BlockBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Prepare(float* row, int inner, byte* target)
    {
        for (int k = 0; k < inner; k += Elements, target += BlockBytes)
            for (int group = 0; group < Groups; group++)
                PrepareGroup(row + k + group * Group, target, group);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrepareGroup(float* source, byte* block, int group)
    {
        var (x0, x1, x2, x3) = (Vector256.Load(source), Vector256.Load(source + 8), Vector256.Load(source + 16), Vector256.Load(source + 24));
        float scale = Largest(Vector256.Max(Vector256.Max(Size(x0), Size(x1)), Vector256.Max(Size(x2), Size(x3)))) / LargestCode;
        if (scale < SmallestScale)
            scale = 0;
        // A group without a finite scale has no codes: infinity makes quotients of 0 or NaN, and both become bytes of 0 on every processor.
        var divisor = Vector256.Create(scale != 0 && float.IsFinite(scale) ? scale : float.PositiveInfinity);
        var first = Vector256.Narrow(Code(x0, divisor), Code(x1, divisor));
        var second = Vector256.Narrow(Code(x2, divisor), Code(x3, divisor));
        Vector256.Narrow(first, second).Store((sbyte*)block + group * Group);
        int firstSum = Vector256.Sum(first), secondSum = Vector256.Sum(second);
        ((float*)(block + Scales))[group] = scale;
        ((float*)(block + Sums))[group] = scale * (firstSum + secondSum);
        ((int*)(block + HalfSums))[group] = firstSum & 0xFFFF | secondSum << 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Code(Vector256<float> x, Vector256<float> divisor) => Vector256.ConvertToInt32Native(Vector256.Round(x / divisor));

    // Singles without their sign are ordered as their bits are, and NaN comes out as the largest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Size(Vector256<float> x) => x.AsInt32() & Vector256.Create(int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<int> sizes)
    {
        var four = Vector128.Max(sizes.GetLower(), sizes.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Math.Max(two[0], two[1]));
    }
}
