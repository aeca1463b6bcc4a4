using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>How many rows a tile of <see cref="SuperBlockKernel"/> has: a type, so that each count is compiled apart.</summary>
internal interface ITileRows
{
    /// <summary>1 … 4.</summary>
    static abstract int Count { get; }
}

/// <summary>One row.</summary>
internal readonly struct OneRow : ITileRows
{
    public static int Count => 1;
}

/// <summary>Two rows.</summary>
internal readonly struct TwoRows : ITileRows
{
    public static int Count => 2;
}

/// <summary>Three rows.</summary>
internal readonly struct ThreeRows : ITileRows
{
    public static int Count => 3;
}

/// <summary>Four rows.</summary>
internal readonly struct FourRows : ITileRows
{
    public static int Count => 4;
}

/// <summary>
/// Up to four rows times one panel, with 256-bit integer arithmetic. In each group of 32 positions a lane sums four positions of an output at a time: unsigned codes times signed codes
/// to 16 bits, these times the group's scale to 32 bits, exactly. The group's sum times the row's scale goes to the super-block's sum by a fused multiply-add, group
/// after group; the super-block's sum times d, and then its minima times dmin, to the output.
/// </summary>
internal static unsafe class SuperBlockKernel
{
    /// <summary>
    /// Adds <paramref name="blocks"/> super-blocks of a panel, times the rows' blocks at <paramref name="x"/>, to the outputs at <paramref name="y"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<TSource, TRows>(byte* panel, int blocks, byte* x, long rowStride, float* y, long outputStride)
        where TSource : struct, ISuperBlockSource
        where TRows : struct, ITileRows
    {
        byte* x1 = x + rowStride, x2 = x1 + rowStride, x3 = x2 + rowStride;
        for (; blocks > 0; blocks--)
        {
            Vector256<float> f00 = default, f01 = default, f10 = default, f11 = default, f20 = default, f21 = default, f30 = default, f31 = default;
            for (int group = 0; group < SuperBlockRows.Groups; group++)
            {
                Vector256<int> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
                Vector256<short> s0 = default, s1 = default;
                if (TSource.IsCentred)
                {
                    TSource.Offset(panel, group, out s0, out s1);
                    (a00, a01) = Centre(x, group, s0, s1);
                    if (TRows.Count > 1)
                        (a10, a11) = Centre(x1, group, s0, s1);
                    if (TRows.Count > 2)
                        (a20, a21) = Centre(x2, group, s0, s1);
                    if (TRows.Count > 3)
                        (a30, a31) = Centre(x3, group, s0, s1);
                }
                for (int pair = 4 * group; pair < 4 * group + 4; pair++)
                {
                    TSource.Pair(panel, pair, out var w0, out var w1, out var w2, out var w3);
                    if (!TSource.IsNarrow)
                        TSource.Scale(panel, pair / 2, out s0, out s1);
                    var (u, v) = (Quad(x, pair, 0), Quad(x, pair, 4));
                    a00 = Add<TSource>(a00, w0, w2, u, v, s0);
                    a01 = Add<TSource>(a01, w1, w3, u, v, s1);
                    if (TRows.Count > 1)
                    {
                        (u, v) = (Quad(x1, pair, 0), Quad(x1, pair, 4));
                        a10 = Add<TSource>(a10, w0, w2, u, v, s0);
                        a11 = Add<TSource>(a11, w1, w3, u, v, s1);
                    }
                    if (TRows.Count > 2)
                    {
                        (u, v) = (Quad(x2, pair, 0), Quad(x2, pair, 4));
                        a20 = Add<TSource>(a20, w0, w2, u, v, s0);
                        a21 = Add<TSource>(a21, w1, w3, u, v, s1);
                    }
                    if (TRows.Count > 3)
                    {
                        (u, v) = (Quad(x3, pair, 0), Quad(x3, pair, 4));
                        a30 = Add<TSource>(a30, w0, w2, u, v, s0);
                        a31 = Add<TSource>(a31, w1, w3, u, v, s1);
                    }
                }
                if (TSource.IsNarrow)
                    TSource.Scale(panel, 2 * group, out s0, out s1);
                var scale = Single(x, SuperBlockRows.Scales, group);
                f00 = AddGroup<TSource>(f00, a00, s0, scale);
                f01 = AddGroup<TSource>(f01, a01, s1, scale);
                if (TRows.Count > 1)
                {
                    scale = Single(x1, SuperBlockRows.Scales, group);
                    f10 = AddGroup<TSource>(f10, a10, s0, scale);
                    f11 = AddGroup<TSource>(f11, a11, s1, scale);
                }
                if (TRows.Count > 2)
                {
                    scale = Single(x2, SuperBlockRows.Scales, group);
                    f20 = AddGroup<TSource>(f20, a20, s0, scale);
                    f21 = AddGroup<TSource>(f21, a21, s1, scale);
                }
                if (TRows.Count > 3)
                {
                    scale = Single(x3, SuperBlockRows.Scales, group);
                    f30 = AddGroup<TSource>(f30, a30, s0, scale);
                    f31 = AddGroup<TSource>(f31, a31, s1, scale);
                }
            }
            AddBlock<TSource>(panel, x, f00, f01, y);
            if (TRows.Count > 1)
                AddBlock<TSource>(panel, x1, f10, f11, y + outputStride);
            if (TRows.Count > 2)
                AddBlock<TSource>(panel, x2, f20, f21, y + 2 * outputStride);
            if (TRows.Count > 3)
                AddBlock<TSource>(panel, x3, f30, f31, y + 3 * outputStride);
            panel += TSource.Bytes;
            x += SuperBlockRows.BlockBytes;
            x1 += SuperBlockRows.BlockBytes;
            x2 += SuperBlockRows.BlockBytes;
            x3 += SuperBlockRows.BlockBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Quad(byte* x, int pair, int offset) => Vector256.Create(*(int*)(x + 8 * pair + offset)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Single(byte* x, int offset, int group) => Vector256.Create(*(float*)(x + offset + sizeof(float) * group));

    // −32 · scale · Σ codes, for both halves of a group.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> Low, Vector256<int> High) Centre(byte* x, int group, Vector256<short> low, Vector256<short> high)
    {
        var sums = Vector256.Create(*(int*)(x + SuperBlockRows.HalfSums + sizeof(int) * group)).AsInt16();
        return (Avx2.MultiplyAddAdjacent(low, sums), Avx2.MultiplyAddAdjacent(high, sums));
    }

    // A narrow sum stays in 16 bits until its group ends; another is multiplied by its scale after every pair of quads.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add<TSource>(Vector256<int> sum, Vector256<byte> w, Vector256<byte> next, Vector256<sbyte> x, Vector256<sbyte> xNext, Vector256<short> scale)
        where TSource : struct, ISuperBlockSource
    {
        var products = Avx2.MultiplyAddAdjacent(w, x) + Avx2.MultiplyAddAdjacent(next, xNext);
        return TSource.IsNarrow ? (sum.AsInt16() + products).AsInt32() : sum + Avx2.MultiplyAddAdjacent(products, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddGroup<TSource>(Vector256<float> sum, Vector256<int> group, Vector256<short> weightScale, Vector256<float> rowScale)
        where TSource : struct, ISuperBlockSource
    {
        var exact = TSource.IsNarrow ? Avx2.MultiplyAddAdjacent(group.AsInt16(), weightScale) : group;
        return Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(exact), rowScale, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock<TSource>(byte* block, byte* x, Vector256<float> low, Vector256<float> high, float* y)
        where TSource : struct, ISuperBlockSource
    {
        TSource.Unit(block, false, out var d0, out var d1);
        var y0 = Vector256.FusedMultiplyAdd(low, d0, Vector256.Load(y));
        var y1 = Vector256.FusedMultiplyAdd(high, d1, Vector256.Load(y + 8));
        if (!TSource.IsCentred)
        {
            Vector256<float> m0 = default, m1 = default;
            for (int group = 0; group < SuperBlockRows.Groups; group++)
            {
                TSource.Minimum(block, group, out var minimum0, out var minimum1);
                var sum = Single(x, SuperBlockRows.Sums, group);
                m0 = Vector256.FusedMultiplyAdd(minimum0, sum, m0);
                m1 = Vector256.FusedMultiplyAdd(minimum1, sum, m1);
            }
            TSource.Unit(block, true, out d0, out d1);
            y0 = Vector256.FusedMultiplyAdd(-m0, d0, y0);
            y1 = Vector256.FusedMultiplyAdd(-m1, d1, y1);
        }
        y0.Store(y);
        y1.Store(y + 8);
    }
}
