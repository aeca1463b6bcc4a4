using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The sizes that the products of all float types share.</summary>
internal static class FloatProduct
{
    /// <summary>Positions whose singles, with those of a tile's rows, stay in the nearest cache: 16 KiB and 6 KiB of 32.</summary>
    public const int InnerBlock = 256;

    /// <summary>A block of each of two panels, as singles.</summary>
    public const int ScratchBytes = 2 * InnerBlock * PanelFormat.Width * sizeof(float);
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

    // As many rows as one tile takes: more would decode a panel twice.
    private const int StreamedRows = 6;
    private const int Streams = 4;

    private static bool AreSingles => typeof(TElement) == typeof(SingleElement);

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        if (task.RowCount == 1)
            Stream(task);
        else
            for (int panel = 0; panel < task.PanelCount;)
                panel += TLine.Wide && task.RowCount > StreamedRows && panel < task.PanelCount - 1 ? Blocks(task, panel, 2)
                    : task.RowCount > StreamedRows || !LoadsExactly(task, panel) ? Blocks(task, panel, 1)
                    : Whole(task, panel);
    }

    /// <summary>Turns positions of a panel into singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte* source, int count, float* target)
    {
        for (int k = 0; k < count; k++)
            TLine.Store(TElement.LoadExactly<TLine>(source + (long)k * Width * TElement.Bytes), target + k * Width);
    }

    // One row: the panels in four streams, each through its quarter of them from end to end, so that what is fetched ahead is always wanted.
    private static void Stream(in PanelTask task)
    {
        int quarter = task.PanelCount / Streams;
        float* x = (float*)task.Rows + task.Start;
        for (int panel = 0; panel < quarter; panel++)
        {
            bool exact = true;
            for (int stream = 0; stream < Streams; stream++)
                exact &= LoadsExactly(task, panel + stream * quarter);
            if (exact)
                PanelTiles<TLine, TElement>.OneByFour(Values(task, panel), quarter * task.PanelStride, task.Count, x, task.Outputs + panel * Width, quarter * Width, task.Start != 0);
            else
                for (int stream = 0; stream < Streams; stream++)
                    Single(task, panel + stream * quarter);
        }
        for (int panel = quarter * Streams; panel < task.PanelCount; panel++)
            Single(task, panel);
    }

    private static void Single(in PanelTask task, int panel)
    {
        if (LoadsExactly(task, panel))
            Whole(task, panel);
        else
            Blocks(task, panel, 1);
    }

    // Few rows, one panel, from end to end.
    private static int Whole(in PanelTask task, int panel)
    {
        Tile<TElement>(task.RowCount, Values(task, panel), task.Count, (float*)task.Rows + task.Start, task.RowStride / sizeof(float),
            task.Outputs + panel * Width, task.OutputStride, task.Start != 0);
        return 1;
    }

    // Many rows, some neighbouring panels, block by block.
    private static int Blocks(in PanelTask task, int panel, int panels)
    {
        for (int start = 0; start < task.Count; start += InnerBlock)
        {
            int count = Math.Min(InnerBlock, task.Count - start);
            byte* source = Values(task, panel) + (long)start * Width * TElement.Bytes;
            long step = task.PanelStride;
            if (!AreSingles)
            {
                for (int p = 0; p < panels; p++)
                    Unpack(source + p * step, count, (float*)task.Scratch + p * InnerBlock * Width);
                source = task.Scratch;
                step = InnerBlock * Width * sizeof(float);
            }
            Rows(task, source, step, panels, count, (float*)task.Rows + task.Start + start, task.Outputs + panel * Width, task.Start + start != 0);
        }
        return panels;
    }

    private static void Rows(in PanelTask task, byte* source, long step, int panels, int count, float* x, float* y, bool add)
    {
        long xStep = task.RowStride / sizeof(float), yStep = task.OutputStride;
        for (int row = 0; row < task.RowCount;)
        {
            // Eight and seven as four and the rest: two tiles that hide the time of a sum, rather than one that does and a small one.
            int left = task.RowCount - row, height = left is 7 or 8 ? 4 : Math.Min(left, 6);
            float* xRow = x + row * xStep, yRow = y + row * yStep;
            if (panels == 2 && height == 6)
                PanelTiles<TLine, SingleElement>.SixByTwo(source, step, count, xRow, xStep, yRow, yStep, add);
            else
                for (int p = 0; p < panels; p++)
                    Tile<SingleElement>(height, source + p * step, count, xRow, xStep, yRow + p * Width, yStep, add);
            row += height;
        }
    }

    private static void Tile<T>(int rows, byte* w, int count, float* x, long xStep, float* y, long yStep, bool add) where T : struct, IPanelElement
    {
        switch (rows)
        {
            case 1: PanelTiles<TLine, T>.One(w, count, x, y, add); break;
            case 2: PanelTiles<TLine, T>.Two(w, count, x, xStep, y, yStep, add); break;
            case 3: PanelTiles<TLine, T>.Three(w, count, x, xStep, y, yStep, add); break;
            case 4: PanelTiles<TLine, T>.Four(w, count, x, xStep, y, yStep, add); break;
            case 5: PanelTiles<TLine, T>.Five(w, count, x, xStep, y, yStep, add); break;
            default: PanelTiles<TLine, T>.Six(w, count, x, xStep, y, yStep, add); break;
        }
    }

    private static byte* Values(in PanelTask task, int panel) => task.Panels + panel * task.PanelStride + (long)task.Start * Width * TElement.Bytes;

    private static bool LoadsExactly(in PanelTask task, int panel) =>
        TElement.LoadsExactly(task.Panels + panel * task.PanelStride + FloatPanels<TElement>.ValueBytes(task.Inner));
}
