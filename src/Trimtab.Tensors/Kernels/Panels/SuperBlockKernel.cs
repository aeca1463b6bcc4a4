using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Up to four rows times one panel, with 256-bit integer arithmetic. In each group of 32 positions a lane sums four positions of an output at a time: unsigned codes times signed codes
/// to 16 bits, these times the group's scale to 32 bits, exactly. The group's sum times the row's scale goes to the super-block's sum by a fused multiply-add, group
/// after group; the super-block's sum times d, and then its minima times dmin, to the output.
/// </summary>
internal static unsafe class SuperBlockKernel
{
    /// <summary>Singles of memory that <see cref="Tile"/> needs for the sums of its super-block: registers hold those of a group.</summary>
    public const int Sums = 4 * PanelFormat.Width;

    /// <summary>
    /// Adds <paramref name="blocks"/> super-blocks of a panel, times the rows' blocks at <paramref name="x"/>, to the outputs at <paramref name="y"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<TSource, TRows>(byte* panel, int blocks, byte* x, nint rowStride, float* y, nint outputStride, float* sums)
        where TSource : struct, ISuperBlockSource
        where TRows : struct, ITileRows
    {
        PanelTask.AskForOutputs(y + TRows.Count * outputStride, outputStride, TRows.Count);
        for (; blocks > 0; blocks--, panel += TSource.Bytes, x += SuperBlockRows.BlockBytes)
        {
            byte* x1 = x + rowStride, x2 = x1 + rowStride, x3 = x2 + rowStride;
            Clear<TRows>(sums);
            for (nint position = 0; position < SuperBlockRows.Elements; position += SuperBlockRows.Group)
            {
                Vector256<int> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
                Vector256<short> s0 = default, s1 = default;
                if (TSource.IsCentred)
                {
                    TSource.Offset(panel, position, out s0, out s1);
                    Centre(ref a00, ref a01, x, position, s0, s1);
                    if (TRows.Count > 1)
                        Centre(ref a10, ref a11, x1, position, s0, s1);
                    if (TRows.Count > 2)
                        Centre(ref a20, ref a21, x2, position, s0, s1);
                    if (TRows.Count > 3)
                        Centre(ref a30, ref a31, x3, position, s0, s1);
                }
                if (!TSource.IsNarrow)
                    TSource.Scale(panel, position, 0, out s0, out s1);
                AddEight<TSource, TRows>(panel, x, x1, x2, x3, position, 0, s0, s1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
                AddEight<TSource, TRows>(panel, x, x1, x2, x3, position, 8, s0, s1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
                if (!TSource.IsNarrow)
                    TSource.Scale(panel, position, 16, out s0, out s1);
                AddEight<TSource, TRows>(panel, x, x1, x2, x3, position, 16, s0, s1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
                AddEight<TSource, TRows>(panel, x, x1, x2, x3, position, 24, s0, s1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
                if (TSource.IsNarrow)
                    TSource.Scale(panel, position, 0, out s0, out s1);
                Prefetch<TRows>(x + TRows.Count * rowStride + position + (position >>> 1), rowStride);
                AddGroup<TSource>(sums, a00, a01, s0, s1, x, position);
                if (TRows.Count > 1)
                    AddGroup<TSource>(sums + 16, a10, a11, s0, s1, x1, position);
                if (TRows.Count > 2)
                    AddGroup<TSource>(sums + 32, a20, a21, s0, s1, x2, position);
                if (TRows.Count > 3)
                    AddGroup<TSource>(sums + 48, a30, a31, s0, s1, x3, position);
            }
            TSource.Unit(panel, false, out var d0, out var d1);
            for (int t = 0; t < TRows.Count; t++)
                AddBlock(y + t * outputStride, Vector256.Load(sums + 16 * t), Vector256.Load(sums + 16 * t + 8), d0, d1);
            if (!TSource.IsCentred)
                SubtractMinima<TSource, TRows>(panel, x, x1, x2, x3, y, outputStride);
        }
    }

    // The rows of the next tile come from the second cache; asked for now, they are in the first when their turn comes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TRows>(byte* x, nint rowStride) where TRows : struct, ITileRows
    {
        Sse.Prefetch0(x);
        if (TRows.Count > 1)
            Sse.Prefetch0(x + rowStride);
        if (TRows.Count > 2)
            Sse.Prefetch0(x + 2 * rowStride);
        if (TRows.Count > 3)
            Sse.Prefetch0(x + 3 * rowStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear<TRows>(float* sums) where TRows : struct, ITileRows
    {
        for (int i = 0; i < TRows.Count * PanelFormat.Width; i += 8)
            Vector256<float>.Zero.Store(sums + i);
    }

    // Σ of eight positions. A narrow sum stays in 16 bits until its group ends; another is multiplied by its scale at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<TSource, TRows>(
        byte* panel, byte* x, byte* x1, byte* x2, byte* x3, nint position, int next, Vector256<short> s0, Vector256<short> s1,
        ref Vector256<int> a00, ref Vector256<int> a01, ref Vector256<int> a10, ref Vector256<int> a11,
        ref Vector256<int> a20, ref Vector256<int> a21, ref Vector256<int> a30, ref Vector256<int> a31)
        where TSource : struct, ISuperBlockSource
        where TRows : struct, ITileRows
    {
        TSource.Pair(panel, position, next, out var w0, out var w1, out var w2, out var w3);
        nint at = position + next;
        if (TSource.IsNarrow)
        {
            AddFour<TRows>(x, x1, x2, x3, at, w0, w1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
            AddFour<TRows>(x, x1, x2, x3, at + 4, w2, w3, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31);
            return;
        }
        AddScaled(ref a00, ref a01, x + at, w0, w1, w2, w3, s0, s1);
        if (TRows.Count > 1)
            AddScaled(ref a10, ref a11, x1 + at, w0, w1, w2, w3, s0, s1);
        if (TRows.Count > 2)
            AddScaled(ref a20, ref a21, x2 + at, w0, w1, w2, w3, s0, s1);
        if (TRows.Count > 3)
            AddScaled(ref a30, ref a31, x3 + at, w0, w1, w2, w3, s0, s1);
    }

    // Quad by quad: no more than the sums, the codes and two others are alive at a time, so that all fit the sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour<TRows>(
        byte* x, byte* x1, byte* x2, byte* x3, nint at, Vector256<byte> w0, Vector256<byte> w1,
        ref Vector256<int> a00, ref Vector256<int> a01, ref Vector256<int> a10, ref Vector256<int> a11,
        ref Vector256<int> a20, ref Vector256<int> a21, ref Vector256<int> a30, ref Vector256<int> a31)
        where TRows : struct, ITileRows
    {
        AddNarrow(ref a00, ref a01, x + at, w0, w1);
        if (TRows.Count > 1)
            AddNarrow(ref a10, ref a11, x1 + at, w0, w1);
        if (TRows.Count > 2)
            AddNarrow(ref a20, ref a21, x2 + at, w0, w1);
        if (TRows.Count > 3)
            AddNarrow(ref a30, ref a31, x3 + at, w0, w1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddNarrow(ref Vector256<int> a0, ref Vector256<int> a1, byte* x, Vector256<byte> w0, Vector256<byte> w1)
    {
        var u = Vector256.Create(*(int*)x).AsSByte();
        a0 = (a0.AsInt16() + Avx2.MultiplyAddAdjacent(w0, u)).AsInt32();
        a1 = (a1.AsInt16() + Avx2.MultiplyAddAdjacent(w1, u)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(
        ref Vector256<int> a0, ref Vector256<int> a1, byte* x, Vector256<byte> w0, Vector256<byte> w1, Vector256<byte> w2, Vector256<byte> w3, Vector256<short> s0, Vector256<short> s1)
    {
        var (u, v) = (Vector256.Create(*(int*)x).AsSByte(), Vector256.Create(*(int*)(x + 4)).AsSByte());
        a0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w0, u) + Avx2.MultiplyAddAdjacent(w2, v), s0);
        a1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(w1, u) + Avx2.MultiplyAddAdjacent(w3, v), s1);
    }

    // −32 · scale · Σ codes, for both halves of a group.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Centre(ref Vector256<int> a0, ref Vector256<int> a1, byte* x, nint position, Vector256<short> s0, Vector256<short> s1)
    {
        var sums = Vector256.Create(*(int*)(x + SuperBlockRows.HalfSums + (position >>> 3))).AsInt16();
        (a0, a1) = (Avx2.MultiplyAddAdjacent(s0, sums), Avx2.MultiplyAddAdjacent(s1, sums));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGroup<TSource>(float* sums, Vector256<int> a0, Vector256<int> a1, Vector256<short> s0, Vector256<short> s1, byte* x, nint position)
        where TSource : struct, ISuperBlockSource
    {
        var scale = Single(x + SuperBlockRows.Scales, position);
        if (TSource.IsNarrow)
            (a0, a1) = (Avx2.MultiplyAddAdjacent(a0.AsInt16(), s0), Avx2.MultiplyAddAdjacent(a1.AsInt16(), s1));
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a0), scale, Vector256.Load(sums)).Store(sums);
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a1), scale, Vector256.Load(sums + 8)).Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Single(byte* values, nint position) => Vector256.Create(*(float*)(values + (position >>> 3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock(float* y, Vector256<float> f0, Vector256<float> f1, Vector256<float> d0, Vector256<float> d1)
    {
        Vector256.FusedMultiplyAdd(f0, d0, Vector256.Load(y)).Store(y);
        Vector256.FusedMultiplyAdd(f1, d1, Vector256.Load(y + 8)).Store(y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SubtractMinima<TSource, TRows>(byte* panel, byte* x, byte* x1, byte* x2, byte* x3, float* y, nint outputStride)
        where TSource : struct, ISuperBlockSource
        where TRows : struct, ITileRows
    {
        Vector256<float> f00 = default, f01 = default, f10 = default, f11 = default, f20 = default, f21 = default, f30 = default, f31 = default;
        for (nint position = 0; position < SuperBlockRows.Elements; position += SuperBlockRows.Group)
        {
            TSource.Minimum(panel, position, out var m0, out var m1);
            AddMinimum(ref f00, ref f01, x, position, m0, m1);
            if (TRows.Count > 1)
                AddMinimum(ref f10, ref f11, x1, position, m0, m1);
            if (TRows.Count > 2)
                AddMinimum(ref f20, ref f21, x2, position, m0, m1);
            if (TRows.Count > 3)
                AddMinimum(ref f30, ref f31, x3, position, m0, m1);
        }
        TSource.Unit(panel, true, out var d0, out var d1);
        (d0, d1) = (-d0, -d1);
        AddBlock(y, f00, f01, d0, d1);
        if (TRows.Count > 1)
            AddBlock(y + outputStride, f10, f11, d0, d1);
        if (TRows.Count > 2)
            AddBlock(y + 2 * outputStride, f20, f21, d0, d1);
        if (TRows.Count > 3)
            AddBlock(y + 3 * outputStride, f30, f31, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMinimum(ref Vector256<float> f0, ref Vector256<float> f1, byte* x, nint position, Vector256<float> m0, Vector256<float> m1)
    {
        var sum = Single(x + SuperBlockRows.Sums, position);
        f0 = Vector256.FusedMultiplyAdd(m0, sum, f0);
        f1 = Vector256.FusedMultiplyAdd(m1, sum, f1);
    }
}
