using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Products with <see cref="BytePanels"/> by AVX2: some rows share the sign-extension of a panel's codes. Per pair of positions and 8 outputs a row costs one multiply-add of pairs and
/// one addition; scales enter once per block.
/// </summary>
internal static unsafe class ByteTiles
{
    private const int BlockBytes = BytePanel.BlockBytes, Pairs = BlockRows.Block / 2;
    private const int Ahead = 4096;

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        var places = new BlockTask(task, BlockRows.Int16, sizeof(short), BlockBytes);
        for (int panel = 0; panel < task.PanelCount; panel++)
        {
            int height;
            for (int row = 0; row < task.RowCount; row += height)
            {
                var rows = new BlockTileRows(places, row, panel);
                byte* w = places.Panel(panel);
                switch (height = BlockTileRows.Height(task.RowCount - row))
                {
                    case 1: One(w, places.Blocks, rows, task.RowCount == 1); break;
                    case 2: Two(w, places.Blocks, rows); break;
                    case 4: Four(w, places.Blocks, rows); break;
                    default: Six(w, places.Blocks, rows); break;
                }
            }
        }
    }

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* w, int blocks, BlockTileRows rows, bool streams)
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
                if (streams)
                    Sse.Prefetch0(w + Ahead);
                a = a.Add(x + pair, Avx2.ConvertToVector256Int16((sbyte*)w), Avx2.ConvertToVector256Int16((sbyte*)w + 16));
            }
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(byte* w, int blocks, BlockTileRows rows)
    {
        int* x0 = rows.Codes(0), x1 = rows.Codes(1);
        rows.Begin(2);
        for (int block = 0; block < blocks; block++, x0 += Pairs, x1 += Pairs)
        {
            var scales = Scales(w);
            w += HalfScales.Bytes;
            Sum a = default, b = default;
            for (nint pair = 0; pair < Pairs; pair++, w += 32)
            {
                Vector256<short> low = Avx2.ConvertToVector256Int16((sbyte*)w), high = Avx2.ConvertToVector256Int16((sbyte*)w + 16);
                a = a.Add(x0 + pair, low, high);
                b = b.Add(x1 + pair, low, high);
            }
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, scales);
            tail.Add(b.Low, b.High, scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* w, int blocks, BlockTileRows rows)
    {
        int* x0 = rows.Codes(0), x1 = rows.Codes(1), x2 = rows.Codes(2), x3 = rows.Codes(3);
        rows.Begin(4);
        for (int block = 0; block < blocks; block++, x0 += Pairs, x1 += Pairs, x2 += Pairs, x3 += Pairs)
        {
            var scales = Scales(w);
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
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, scales);
            tail.Add(b.Low, b.High, scales);
            tail.Add(c.Low, c.High, scales);
            tail.Add(d.Low, d.High, scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(byte* w, int blocks, BlockTileRows rows)
    {
        int* x0 = rows.Codes(0), x1 = rows.Codes(1), x2 = rows.Codes(2), x3 = rows.Codes(3), x4 = rows.Codes(4), x5 = rows.Codes(5);
        rows.Begin(6);
        for (int block = 0; block < blocks; block++, x0 += Pairs, x1 += Pairs, x2 += Pairs, x3 += Pairs, x4 += Pairs, x5 += Pairs)
        {
            byte* scales = w;
            w += HalfScales.Bytes;
            Sum a = default, b = default, c = default, d = default, e = default, f = default;
            for (nint pair = 0; pair < Pairs; pair++, w += 32)
            {
                Vector256<short> low = Avx2.ConvertToVector256Int16((sbyte*)w), high = Avx2.ConvertToVector256Int16((sbyte*)w + 16);
                a = a.Add(x0 + pair, low, high);
                b = b.Add(x1 + pair, low, high);
                c = c.Add(x2 + pair, low, high);
                d = d.Add(x3 + pair, low, high);
                e = e.Add(x4 + pair, low, high);
                f = f.Add(x5 + pair, low, high);
            }
            var weightScales = Scales(scales);
            var tail = rows.TailOf(block);
            tail.Add(a.Low, a.High, weightScales);
            tail.Add(b.Low, b.High, weightScales);
            tail.Add(c.Low, c.High, weightScales);
            tail.Add(d.Low, d.High, weightScales);
            tail.Add(e.Low, e.High, weightScales);
            tail.Add(f.Low, f.High, weightScales);
        }
    }
}
