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

    /// <summary>Positions that rows pass over before they meet the next: the panel's part stays in the nearest cache, and its scales in 2 KiB of scratch memory.</summary>
    public const int InnerBlock = 1024;

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        if (task.RowCount == 1)
        {
            var places = new BlockTask(task, BlockRows.Int16, sizeof(short), BlockBytes);
            for (int panel = 0; panel < task.PanelCount; panel++)
                One(places.Panel(panel), places.Blocks, new BlockTileRows(places, 0, panel));
            return;
        }
        var part = task;
        for (int end = task.Start + task.Count; part.Start < end; part.Start += part.Count)
        {
            part.Count = Math.Min(InnerBlock, end - part.Start);
            Part(part);
        }
    }

    // The scales of a panel are converted once for all rows. Converted in the tiles, their constants take the registers of the sums, and the sums go to the stack and back.
    private static void Part(in PanelTask task)
    {
        var places = new BlockTask(task, BlockRows.Int16, sizeof(short), BlockBytes);
        float* scales = (float*)task.Scratch;
        for (int panel = 0; panel < task.PanelCount; panel++)
        {
            byte* w = places.Panel(panel);
            HalfScales.ToSingles(w, BlockBytes, places.Blocks, scales);
            for (int row = 0, height; row < task.RowCount; row += height)
            {
                height = BlockTileRows.Height(task.RowCount - row);
                var rows = new BlockTileRows(places, row, panel);
                rows.AskForOutputsBehind(height);
                if (height == 4)
                    Four(w, scales, places.Blocks, rows);
                else if (height == 2)
                    Two(w, scales, places.Blocks, rows);
                else
                    One(w, places.Blocks, rows);
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
    private static void One(byte* w, int blocks, BlockTileRows rows)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(byte* w, float* scales, int blocks, BlockTileRows rows)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* w, float* scales, int blocks, BlockTileRows rows)
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
