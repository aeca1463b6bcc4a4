using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Products with <see cref="NibblePanels"/> by AVX2: some rows share the unpacking of a panel's nibbles. Per four positions and 8 outputs a row costs one multiply-add of bytes and one
/// addition in 16 bits, which a whole block's sums fit: they begin at the row's bias, and |Σ| ≤ 30480 whatever the codes.
/// </summary>
internal readonly unsafe struct NibbleTiles : IBlockTiles
{
    private const int GroupBytes = 4 * PanelFormat.Width, Groups = NibblePanel.Groups;
    private const int RowInts = BlockRows.Block / sizeof(int), Ahead = 2048;

    /// <inheritdoc/>
    public static BlockRows Form => BlockRows.Int8;

    /// <inheritdoc/>
    public static int CodeBytes => sizeof(sbyte);

    /// <inheritdoc/>
    public static int BlockBytes => NibblePanel.BlockBytes;

    /// <inheritdoc/>
    public static int InnerBlock => 2048;

    // The 16-bit sums of one row in 16 outputs, two per output.
    private readonly struct Sum
    {
        private readonly Vector256<short> _low, _high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sum(Vector256<short> low, Vector256<short> high)
        {
            _low = low;
            _high = high;
        }

        public Vector256<int> Low
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Avx2.MultiplyAddAdjacent(_low, Vector256<short>.One);
        }

        public Vector256<int> High
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Avx2.MultiplyAddAdjacent(_high, Vector256<short>.One);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Sum From(Vector256<short> bias) => new(bias, bias);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sum Add(int* four, Vector256<byte> low, Vector256<byte> high)
        {
            var x = Vector256.Create(*four).AsSByte();
            return new(_low + Avx2.MultiplyAddAdjacent(low, x), _high + Avx2.MultiplyAddAdjacent(high, x));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line256 Scales(byte* block) => Line256.Beyond(Line256.LoadFiniteHalves((ushort*)block));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LowNibbles(byte* w) => Vector256.Load(w) & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> HighNibbles(byte* w) => (Vector256.Load((ushort*)w) >> 4).AsByte() & Vector256.Create((byte)15);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int blocks, BlockTileRows rows)
    {
        int* x = rows.Codes(0);
        rows.Begin(1);
        for (int block = 0; block < blocks; block++, x += RowInts)
        {
            var scales = Scales(w);
            w += HalfScales.Bytes;
            var a = Sum.From(rows.Bias(0, block));
            for (nint group = 0; group < Groups; group++, w += GroupBytes)
            {
                Sse.Prefetch0(w + Ahead);
                a = a.Add(x + group, LowNibbles(w), LowNibbles(w + 32));
                a = a.Add(x + Groups + group, HighNibbles(w), HighNibbles(w + 32));
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
        for (int block = 0; block < blocks; block++, x0 += RowInts, x1 += RowInts)
        {
            w += HalfScales.Bytes;
            Sum a = Sum.From(rows.Bias(0, block)), b = Sum.From(rows.Bias(1, block));
            for (nint group = 0; group < Groups; group++, w += GroupBytes)
            {
                Vector256<byte> low = LowNibbles(w), high = LowNibbles(w + 32);
                a = a.Add(x0 + group, low, high);
                b = b.Add(x1 + group, low, high);
                low = HighNibbles(w);
                high = HighNibbles(w + 32);
                a = a.Add(x0 + Groups + group, low, high);
                b = b.Add(x1 + Groups + group, low, high);
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
        for (int block = 0; block < blocks; block++, x0 += RowInts, x1 += RowInts, x2 += RowInts, x3 += RowInts)
        {
            w += HalfScales.Bytes;
            Sum a = Sum.From(rows.Bias(0, block)), b = Sum.From(rows.Bias(1, block)), c = Sum.From(rows.Bias(2, block)), d = Sum.From(rows.Bias(3, block));
            for (nint group = 0; group < Groups; group++, w += GroupBytes)
            {
                Vector256<byte> low = LowNibbles(w), high = LowNibbles(w + 32);
                a = a.Add(x0 + group, low, high);
                b = b.Add(x1 + group, low, high);
                c = c.Add(x2 + group, low, high);
                d = d.Add(x3 + group, low, high);
                low = HighNibbles(w);
                high = HighNibbles(w + 32);
                a = a.Add(x0 + Groups + group, low, high);
                b = b.Add(x1 + Groups + group, low, high);
                c = c.Add(x2 + Groups + group, low, high);
                d = d.Add(x3 + Groups + group, low, high);
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
