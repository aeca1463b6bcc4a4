using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Products with <see cref="BytePanels"/> by AVX2: some rows share the sign-extension of a panel's codes. Per pair of positions and 8 outputs a row costs one multiply-add of pairs and
/// one addition; scales enter once per block.
/// </summary>
internal readonly unsafe struct ByteTiles : IBlockTiles
{
    private const int Pairs = BlockRows.Block / 2;
    private const int PairBytes = 2 * PanelFormat.Width, Ahead = 4096;

    /// <inheritdoc/>
    public static BlockRows Form => BlockRows.Int16;

    /// <inheritdoc/>
    public static int BlockBytes => BytePanel.BlockBytes;

    /// <inheritdoc/>
    public static int InnerBlock => 1024;

    /// <inheritdoc/>
    public static int Highest => 6;

    // The sums of one row in 16 outputs.
    private readonly struct Sum
    {
        public readonly Vector256<int> Low, High;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Sum(Vector256<int> low, Vector256<int> high)
        {
            Low = low;
            High = high;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sum Add(int* pair, Vector256<short> low, Vector256<short> high)
        {
            var x = Vector256.Create(*pair).AsInt16();
            return new(Low + Avx2.MultiplyAddAdjacent(low, x), High + Avx2.MultiplyAddAdjacent(high, x));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int blocks, in BlockTile tile)
    {
        int* x = tile.Codes;
        float* rowScale = tile.Scales;
        tile.Begin(1);
        for (; blocks > 0; blocks--, x += Pairs, rowScale++)
        {
            var scales = HalfScales.Load(w);
            w += HalfScales.Bytes;
            Sum a = default;
            for (nint pair = 0; pair < Pairs; pair += 4, w += 4 * PairBytes)
            {
                Sse.Prefetch0(w + Ahead);
                a = AddPair(a, x + pair, w);
                a = AddPair(a, x + pair + 1, w + PairBytes);
                Sse.Prefetch0(w + Ahead + 2 * PairBytes);
                a = AddPair(a, x + pair + 2, w + 2 * PairBytes);
                a = AddPair(a, x + pair + 3, w + 3 * PairBytes);
            }
            var tail = tile.TailOf(rowScale);
            tail.Add(a.Low, a.High, scales);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<TRows>(byte* w, float* scales, int blocks, in BlockTile tile) where TRows : struct, ITileRows
    {
        int* x = tile.Codes;
        float* rowScales = tile.Scales;
        tile.Begin(TRows.Count);
        for (; blocks > 0; blocks--, scales += PanelFormat.Width, rowScales += TRows.Count)
        {
            w += HalfScales.Bytes;
            Sum a = default, b = default, c = default, d = default, e = default, f = default;
            for (int* end = x + Pairs * TRows.Count; x < end; x += 4 * TRows.Count, w += 4 * PairBytes)
            {
                AddPair<TRows>(x, w, ref a, ref b, ref c, ref d, ref e, ref f);
                AddPair<TRows>(x + TRows.Count, w + PairBytes, ref a, ref b, ref c, ref d, ref e, ref f);
                AddPair<TRows>(x + 2 * TRows.Count, w + 2 * PairBytes, ref a, ref b, ref c, ref d, ref e, ref f);
                AddPair<TRows>(x + 3 * TRows.Count, w + 3 * PairBytes, ref a, ref b, ref c, ref d, ref e, ref f);
            }
            var weightScales = Line256.Load(scales);
            var tail = tile.TailOf(rowScales);
            tail.Add(a.Low, a.High, weightScales);
            if (TRows.Count > 1)
                tail.Add(b.Low, b.High, weightScales);
            if (TRows.Count > 2)
                tail.Add(c.Low, c.High, weightScales);
            if (TRows.Count > 3)
                tail.Add(d.Low, d.High, weightScales);
            if (TRows.Count > 4)
                tail.Add(e.Low, e.High, weightScales);
            if (TRows.Count > 5)
                tail.Add(f.Low, f.High, weightScales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sum AddPair(Sum sum, int* x, byte* w) => sum.Add(x, Avx2.ConvertToVector256Int16((sbyte*)w), Avx2.ConvertToVector256Int16((sbyte*)w + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPair<TRows>(int* x, byte* w, ref Sum a, ref Sum b, ref Sum c, ref Sum d, ref Sum e, ref Sum f) where TRows : struct, ITileRows
    {
        Vector256<short> low = Avx2.ConvertToVector256Int16((sbyte*)w), high = Avx2.ConvertToVector256Int16((sbyte*)w + 16);
        a = a.Add(x, low, high);
        if (TRows.Count > 1)
            b = b.Add(x + 1, low, high);
        if (TRows.Count > 2)
            c = c.Add(x + 2, low, high);
        if (TRows.Count > 3)
            d = d.Add(x + 3, low, high);
        if (TRows.Count > 4)
            e = e.Add(x + 4, low, high);
        if (TRows.Count > 5)
            f = f.Add(x + 5, low, high);
    }
}
