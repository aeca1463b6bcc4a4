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
    private const int Ahead = 2048;

    /// <inheritdoc/>
    public static BlockRows Form => BlockRows.Int8;

    /// <inheritdoc/>
    public static int BlockBytes => NibblePanel.BlockBytes;

    /// <inheritdoc/>
    public static int InnerBlock => 2048;

    /// <inheritdoc/>
    public static int Highest => 4;

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
        public static Sum From(int* bias)
        {
            var twice = Vector256.Create(*bias).AsInt16();
            return new(twice, twice);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sum Add(int* four, Vector256<byte> low, Vector256<byte> high)
        {
            var x = Vector256.Create(*four).AsSByte();
            return new(_low + Avx2.MultiplyAddAdjacent(low, x), _high + Avx2.MultiplyAddAdjacent(high, x));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LowNibbles(byte* w) => Vector256.Load(w) & Vector256.Create((byte)15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> HighNibbles(byte* w) => (Vector256.Load((ushort*)w) >> 4).AsByte() & Vector256.Create((byte)15);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int blocks, in BlockTile tile)
    {
        int* x = tile.Codes, bias = tile.Biases;
        float* rowScale = tile.Scales;
        tile.Begin(1);
        for (; blocks > 0; blocks--, x += 2 * Groups, bias++, rowScale++)
        {
            var scales = HalfScales.Load(w);
            w += HalfScales.Bytes;
            var a = Sum.From(bias);
            for (nint group = 0; group < Groups; group++, w += GroupBytes)
            {
                Sse.Prefetch0(w + Ahead);
                a = a.Add(x + group, LowNibbles(w), LowNibbles(w + 32));
                a = a.Add(x + Groups + group, HighNibbles(w), HighNibbles(w + 32));
            }
            var tail = tile.TailOf(rowScale);
            tail.Add(a.Low, a.High, scales);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<TRows>(byte* w, float* scales, int blocks, in BlockTile tile) where TRows : struct, ITileRows
    {
        int* x = tile.Codes, biases = tile.Biases;
        float* rowScales = tile.Scales;
        tile.Begin(TRows.Count);
        for (; blocks > 0; blocks--, x += Groups * TRows.Count, biases += TRows.Count, scales += PanelFormat.Width, rowScales += TRows.Count)
        {
            w += HalfScales.Bytes;
            Sum a = Sum.From(biases), b = default, c = default, d = default;
            if (TRows.Count > 1)
                b = Sum.From(biases + 1);
            if (TRows.Count > 2)
                c = Sum.From(biases + 2);
            if (TRows.Count > 3)
                d = Sum.From(biases + 3);
            for (int* end = x + Groups * TRows.Count; x < end; x += 2 * TRows.Count, w += 2 * GroupBytes)
            {
                AddGroup<TRows>(x, w, ref a, ref b, ref c, ref d);
                AddGroup<TRows>(x + TRows.Count, w + GroupBytes, ref a, ref b, ref c, ref d);
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
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGroup<TRows>(int* x, byte* w, ref Sum a, ref Sum b, ref Sum c, ref Sum d) where TRows : struct, ITileRows
    {
        AddFour<TRows>(x, LowNibbles(w), LowNibbles(w + 32), ref a, ref b, ref c, ref d);
        AddFour<TRows>(x + Groups * TRows.Count, HighNibbles(w), HighNibbles(w + 32), ref a, ref b, ref c, ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour<TRows>(int* x, Vector256<byte> low, Vector256<byte> high, ref Sum a, ref Sum b, ref Sum c, ref Sum d) where TRows : struct, ITileRows
    {
        a = a.Add(x, low, high);
        if (TRows.Count > 1)
            b = b.Add(x + 1, low, high);
        if (TRows.Count > 2)
            c = c.Add(x + 2, low, high);
        if (TRows.Count > 3)
            d = d.Add(x + 3, low, high);
    }
}
