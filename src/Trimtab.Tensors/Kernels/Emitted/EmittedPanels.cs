using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>A format whose products run in emitted tiles: cuts a task into tiles and says where in panels and rows a position lies.</summary>
internal abstract unsafe class EmittedPanels(TileEmitter emitter, TileCode tiles) : PanelFormat
{
    /// <inheritdoc/>
    public sealed override string Name => $"{Type}, {KernelTier.Emitted}";

    /// <summary>The rows of the tallest tile.</summary>
    public int TileRows { get; } = emitter.MaxRows;

    /// <inheritdoc/>
    public sealed override int InnerBlock => 1024;

    /// <inheritdoc/>
    public sealed override long PanelBytes(int inner) => Aligned(Steps(inner) * (long)emitter.PanelStep);

    /// <summary>Inner positions that one step of a tile covers.</summary>
    protected abstract int StepPositions { get; }

    /// <inheritdoc/>
    public sealed override void Multiply(in PanelTask task)
    {
        if (task.Start % StepPositions != 0)
            throw new ArgumentException($"{Name}: the task starts at position {task.Start} — steps cover {StepPositions} positions. Start between steps.", nameof(task));
        long start = Steps(task.Start), end = Steps(task.Start + task.Count);
        var arguments = new TileArguments
        {
            PanelStride = task.PanelStride, RowStride = task.RowStride, OutputStride = task.OutputStride * sizeof(float), Adds = task.Start, NibbleMask = 0x0F0F0F0F,
        };
        for (int panel = 0, count; panel < task.PanelCount; panel += count)
        {
            count = Together(task.PanelCount - panel, task.RowCount);
            arguments.Panels = task.Panels + panel * task.PanelStride + start * emitter.PanelStep;
            arguments.PanelsEnd = arguments.Panels + (end - start) * emitter.PanelStep;
            MultiplyRows(task, count, start * emitter.RowStep, task.Outputs + panel * Width, &arguments);
        }
    }

    // Tiles as tall as possible and as even as possible: 6 rows go 3 + 3 where 4 fit, since a tile of one row would read the panels for little.
    private void MultiplyRows(in PanelTask task, int panels, long rowOffset, float* outputs, TileArguments* arguments)
    {
        int tileCount = (task.RowCount + TileRows - 1) / TileRows;
        for (int row = 0, i = 0, rows; i < tileCount; i++, row += rows)
        {
            rows = (task.RowCount - row + tileCount - i - 1) / (tileCount - i);
            arguments->Rows = task.Rows + row * task.RowStride + rowOffset;
            arguments->Outputs = outputs + row * task.OutputStride;
            tiles.Run(new TileShape(rows, panels), arguments);
        }
    }

    private int Steps(int positions) => (positions + StepPositions - 1) / StepPositions;

    private static int Together(int panels, int rows) => panels >= 4 && rows == 1 ? 4 : Math.Min(panels, 2);
}
