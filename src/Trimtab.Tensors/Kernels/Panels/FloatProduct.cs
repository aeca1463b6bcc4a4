using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The sizes that the products of all float types share.</summary>
internal static class FloatProduct
{
    /// <summary>Positions whose singles, with those of a tile's rows, stay in the nearest cache: 16 KiB and 6 KiB of 32.</summary>
    public const int InnerBlock = 256;

    /// <summary>Singles of a block of two panels.</summary>
    public const int PanelSingles = 2 * InnerBlock * PanelFormat.Width;

    /// <summary>Singles of interleaved rows: 256 KiB, which stay in the second cache.</summary>
    public const int RowSingles = 256 * InnerBlock;

    /// <summary>Both.</summary>
    public const int ScratchBytes = (PanelSingles + RowSingles) * sizeof(float);
}

/// <summary>
/// The way of a task through the tiles. A few rows take their weights as they stream by; more rows share the work of turning a block of a panel into singles, which
/// they find in the nearest cache.
/// </summary>
internal static unsafe class FloatProduct<TLine, TElement>
    where TLine : struct, ILine<TLine>
    where TElement : struct, IPanelElement
{
    private const int Width = PanelFormat.Width;
    private const int InnerBlock = FloatProduct.InnerBlock;
    private const int Streams = 4;

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        if (task.RowCount == 1)
        {
            Stream(task, (float*)task.Rows + task.Start);
            return;
        }
        var part = task;
        const int rowLimit = FloatProduct.RowSingles / InnerBlock;
        for (int row = 0; row < task.RowCount; row += rowLimit)
        {
            part.RowCount = Math.Min(rowLimit, task.RowCount - row);
            part.Rows = task.Rows + row * task.RowStride;
            part.Outputs = task.Outputs + row * task.OutputStride;
            // As many positions at a time as there is room for, in whole blocks.
            int stretch = FloatProduct.RowSingles / part.RowCount / InnerBlock * InnerBlock;
            for (int start = 0; start < task.Count; start += stretch)
            {
                (part.Start, part.Count) = (task.Start + start, Math.Min(stretch, task.Count - start));
                Interleaved(part);
            }
        }
    }

    /// <summary>Turns positions of a panel into singles; <paramref name="exact"/> says that <see cref="IPanelElement.Load"/> is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte* source, bool exact, int count, float* target)
    {
        if (exact)
            for (nint k = 0; k < count; k++)
                TLine.Store(TElement.Load<TLine>(source + k * Width * TElement.Bytes), target + k * Width);
        else
            for (nint k = 0; k < count; k++)
                TLine.Store(TElement.LoadExactly<TLine>(source + k * Width * TElement.Bytes), target + k * Width);
    }

    // One row: four streams, each through its quarter of the panels from end to end, so that what is fetched ahead is always wanted.
    private static void Stream(in PanelTask task, float* x)
    {
        int quarter = task.PanelCount / Streams;
        for (int panel = 0; panel < quarter; panel++)
            if (LoadExactly(task, panel, quarter, Streams))
                PanelTiles<TLine, Streamed<TElement>>.OneByFour(Values(task, panel), quarter * task.PanelStride, task.Count, x,
                    task.Outputs + panel * Width, quarter * Width, task.Start != 0);
            else
                for (int stream = 0; stream < Streams; stream++)
                    Panel(task, panel + stream * quarter, x);
        for (int panel = quarter * Streams; panel < task.PanelCount; panel++)
            Panel(task, panel, x);
    }

    // Several rows, over positions for which they fit into the scratch memory.
    private static void Interleaved(in PanelTask task)
    {
        float* x = (float*)task.Scratch + FloatProduct.PanelSingles;
        RowTiles.Interleave((float*)task.Rows + task.Start, task.RowStride / sizeof(float), task.RowCount, task.Count, x);
        int panel = 0;
        if (task.RowCount == 2)
            panel = Pairs(task, x);
        else if (TLine.Wide && task.RowCount > RowTiles.Highest)
            for (; panel < task.PanelCount - 1; panel += 2)
                Blocks(task, panel, 2, x);
        for (; panel < task.PanelCount; panel++)
            Panel(task, panel, x);
    }

    // Two rows: two streams, each through its half of the panels. Gives how many panels are done, all but an odd one.
    private static int Pairs(in PanelTask task, float* x)
    {
        int half = task.PanelCount / 2;
        for (int panel = 0; panel < half; panel++)
            if (LoadExactly(task, panel, half, 2))
                PanelTiles<TLine, Streamed<TElement>>.TwoByTwo(Values(task, panel), half * task.PanelStride, task.Count, x,
                    task.Outputs + panel * Width, task.OutputStride, half * Width, task.Start != 0);
            else
            {
                Panel(task, panel, x);
                Panel(task, panel + half, x);
            }
        return half * 2;
    }

    // One panel: as one stream where one tile holds all rows, else in blocks.
    private static void Panel(in PanelTask task, int panel, float* x)
    {
        if (task.RowCount <= RowTiles.Highest && LoadExactly(task, panel, 0, 1))
            Tile<Streamed<TElement>>(task.RowCount, Values(task, panel), task.Count, x, task.Outputs + panel * Width, task.OutputStride, task.Start != 0);
        else
            Blocks(task, panel, 1, x);
    }

    // Neighbouring panels, block by block.
    private static void Blocks(in PanelTask task, int panel, int panels, float* x)
    {
        bool direct = task.RowCount <= TElement.DirectRows<TLine>() && LoadExactly(task, panel, 1, panels);
        float* y = task.Outputs + panel * Width;
        for (int start = 0; start < task.Count; start += InnerBlock)
        {
            int count = Math.Min(InnerBlock, task.Count - start);
            byte* source = Values(task, panel) + (long)start * Width * TElement.Bytes;
            if (direct)
                Block<Streamed<TElement>, TElement>(task, source, task.PanelStride, panels, start, count, x, y);
            else
            {
                long step = FloatProduct.PanelSingles / 2 * sizeof(float);
                for (int p = 0; p < panels; p++)
                    Unpack(source + p * task.PanelStride, LoadExactly(task, panel + p, 0, 1), count, (float*)(task.Scratch + p * step));
                Block<SingleElement, SingleElement>(task, task.Scratch, step, panels, start, count, x, y);
            }
        }
    }

    // All rows times a block of one or two panels: the first tile finds it further away than the others.
    private static void Block<TFirst, TOthers>(in PanelTask task, byte* source, long step, int panels, int start, int count, float* x, float* y)
        where TFirst : struct, IPanelElement
        where TOthers : struct, IPanelElement
    {
        bool add = task.Start + start != 0;
        for (int row = 0, height; row < task.RowCount; row += height)
        {
            height = RowTiles.Height(task.RowCount - row);
            float* values = x + (long)row * task.Count + start * height, outputs = y + row * task.OutputStride;
            PanelTask.AskForOutputs(outputs + height * task.OutputStride, task.OutputStride, height);
            if (row == 0)
                Tiles<TFirst>(height, panels, source, step, count, values, outputs, task.OutputStride, add);
            else
                Tiles<TOthers>(height, panels, source, step, count, values, outputs, task.OutputStride, add);
        }
    }

    private static void Tiles<T>(int rows, int panels, byte* w, long wStep, int count, float* x, float* y, long yStep, bool add) where T : struct, IPanelElement
    {
        if (panels == 2 && rows == RowTiles.Highest)
            PanelTiles<TLine, T>.SixByTwo(w, wStep, count, x, y, yStep, Width, add);
        else
            for (int p = 0; p < panels; p++)
                Tile<T>(rows, w + p * wStep, count, x, y + p * Width, yStep, add);
    }

    private static void Tile<T>(int rows, byte* w, int count, float* x, float* y, long yStep, bool add) where T : struct, IPanelElement
    {
        switch (rows)
        {
            case 1: PanelTiles<TLine, T>.One(w, count, x, y, add); break;
            case 2: PanelTiles<TLine, T>.Two(w, count, x, y, yStep, add); break;
            case 3: PanelTiles<TLine, T>.Three(w, count, x, y, yStep, add); break;
            case 4: PanelTiles<TLine, T>.Four(w, count, x, y, yStep, add); break;
            case 5: PanelTiles<TLine, T>.Five(w, count, x, y, yStep, add); break;
            default: PanelTiles<TLine, T>.Six(w, count, x, y, yStep, add); break;
        }
    }

    private static byte* Values(in PanelTask task, int panel) => task.Panels + panel * task.PanelStride + (long)task.Start * Width * TElement.Bytes;

    // Whether the short way is exact for `count` panels, `step` apart.
    private static bool LoadExactly(in PanelTask task, int panel, int step, int count)
    {
        bool exact = true;
        for (int i = 0; i < count; i++)
            exact &= TElement.LoadsExactly(task.Panels + (panel + i * step) * task.PanelStride + FloatPanels<TElement>.ValueBytes(task.Inner));
        return exact;
    }
}
