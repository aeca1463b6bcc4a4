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
    private const int Ahead = 4096;

    /// <inheritdoc/>
    public static BlockRows Form => BlockRows.Int16;

    /// <inheritdoc/>
    public static int CodeBytes => sizeof(short);

    /// <inheritdoc/>
    public static int BlockBytes => BytePanel.BlockBytes;

    /// <inheritdoc/>
    public static int InnerBlock => 1024;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line256 Scales(byte* block) => Line256.Beyond(Line256.LoadFiniteHalves((ushort*)block));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int blocks, BlockTileRows rows)
    {
        int* x = rows.Codes(0);
        rows.Begin(1);
        for (int block = 0; block < blocks; block++, x += Pairs)
        {
            var scales = Scales(w);
            w += HalfScales.Bytes;
            Sum a = default;
            for (nint pair = 0; pair < Pairs; pair++, w += 32)
            {
                Sse.Prefetch0(w + Ahead);
                a = a.Add(x + pair, Avx2.ConvertToVector256Int16((sbyte*)w), Avx2.ConvertToVector256Int16((sbyte*)w + 16));
            }
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, scales);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(byte* w, float* scales, int blocks, BlockTileRows rows)
    {
        int* x0 = rows.Codes(0), x1 = rows.Codes(1);
        rows.Begin(2);
        for (int block = 0; block < blocks; block++, x0 += Pairs, x1 += Pairs)
        {
            w += HalfScales.Bytes;
            Sum a = default, b = default;
            for (nint pair = 0; pair < Pairs; pair++, w += 32)
            {
                Vector256<short> low = Avx2.ConvertToVector256Int16((sbyte*)w), high = Avx2.ConvertToVector256Int16((sbyte*)w + 16);
                a = a.Add(x0 + pair, low, high);
                b = b.Add(x1 + pair, low, high);
            }
            var weightScales = Line256.Load(scales + block * PanelFormat.Width);
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, weightScales);
            tail.Add(b.Low, b.High, weightScales);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(byte* w, float* scales, int blocks, BlockTileRows rows)
    {
        int* x0 = rows.Codes(0), x1 = rows.Codes(1), x2 = rows.Codes(2), x3 = rows.Codes(3);
        rows.Begin(4);
        for (int block = 0; block < blocks; block++, x0 += Pairs, x1 += Pairs, x2 += Pairs, x3 += Pairs)
        {
            w += HalfScales.Bytes;
            Sum a = default, b = default, c = default, d = default;
            for (nint pair = 0; pair < Pairs; pair++, w += 32)
            {
                Vector256<short> low = Avx2.ConvertToVector256Int16((sbyte*)w), high = Avx2.ConvertToVector256Int16((sbyte*)w + 16);
                a = a.Add(x0 + pair, low, high);
                b = b.Add(x1 + pair, low, high);
                c = c.Add(x2 + pair, low, high);
                d = d.Add(x3 + pair, low, high);
            }
            var weightScales = Line256.Load(scales + block * PanelFormat.Width);
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, weightScales);
            tail.Add(b.Low, b.High, weightScales);
            tail.Add(c.Low, c.High, weightScales);
            tail.Add(d.Low, d.High, weightScales);
        }
    }
}
