using Trimtab.Tensors.Kernels.Cpu;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// A product C = A · B (+ C, or + bias) whose right side is laid out in panels while it is computed, a stretch at a time, and multiplied by the kernels of packed F32
/// weights. Every output is summed over K in ascending order in one accumulator: neither the stretches nor the split among threads show in the result.
/// </summary>
/// <param name="format">The F32 panels of the tier.</param>
/// <param name="left">A [M, K], or Aᵀ [K, M].</param>
/// <param name="leftTurned">Whether it is Aᵀ.</param>
/// <param name="right">B [K, N].</param>
/// <param name="bias">[N], or null.</param>
/// <param name="output">C [M, N].</param>
/// <param name="add">Whether the product is added to what C holds.</param>
internal readonly unsafe struct BlockedProduct<TPanels>(PanelFormat format, Tensor left, bool leftTurned, TPanels right, Tensor? bias, Tensor output, bool add)
    where TPanels : struct, IPanelSource
{
    private const int Width = PanelFormat.Width;

    // Rows that share a stretch: their own positions stay in the second cache beside it.
    private const int RowBlock = 256;

    // Turned rows do not begin a multiple of 1 KB apart: those would all share a few places of the nearest cache.
    private const int TurnedStride = PanelStretch.Inner + Width;

    // A task whose first position is not 0 adds to its outputs. Positions are counted from here where a stretch is to be added.
    private const int Behind = PanelStretch.Inner;

    /// <summary>Computes columns <paramref name="first"/> … end − 1 of rows <paramref name="firstRow"/> … endRow − 1.</summary>
    /// <param name="first">A multiple of the right side's <see cref="IPanelSource.ColumnUnit"/>.</param>
    /// <param name="end">Another, or N.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="endRow">The row after the last.</param>
    public void Run(int first, int end, int firstRow, int endRow)
    {
        using var memory = ThreadBuffer.Rent(ScratchUse.Kernel, Places.Bytes(format, leftTurned));
        var places = new Places(memory.Floats, format);
        for (int column = first; column < end; column += PanelStretch.Columns)
        {
            int columns = Math.Min(PanelStretch.Columns, end - column);
            for (int start = 0; start < right.Inner; start += PanelStretch.Inner)
            {
                int count = Math.Min(PanelStretch.Inner, right.Inner - start);
                right.Fill(column, columns, start, count, places.Panels, places.Source);
                for (int row = firstRow; row < endRow; row += RowBlock)
                    Multiply(row, Math.Min(RowBlock, endRow - row), column, columns, start, count, places);
            }
            AddBias(column, columns, firstRow, endRow);
        }
    }

    private void Multiply(int row, int rows, int column, int columns, int start, int count, in Places places)
    {
        int origin = start == 0 && !add ? 0 : Behind;
        float* a = Rows(row, rows, start, count, places.Rows, out long stride), y = output.Pointer32() + (long)row * output.Columns + column;
        var task = new PanelTask
        {
            Panels = (byte*)(places.Panels - origin * Width), PanelStride = PanelStretch.Stride * sizeof(float), PanelCount = columns / Width,
            Inner = origin + count, Start = origin, Count = count, Rows = (byte*)(a - origin), RowStride = stride * sizeof(float), RowCount = rows,
            Outputs = y, OutputStride = output.Columns, Scratch = (byte*)places.Format,
        };
        if (task.PanelCount > 0)
            format.Multiply(task);
        if (columns % Width != 0)
            MultiplyEdge(task, columns % Width, places.Edge);
    }

    private static void CopyColumns(float* source, long sourceStride, float* target, long targetStride, int rows, int columns)
    {
        for (int t = 0; t < rows; t++)
            new ReadOnlySpan<float>(source + t * sourceStride, columns).CopyTo(new Span<float>(target + t * targetStride, columns));
    }

    // The last panel is wider than what is left of the outputs: they are summed beside their place.
    private void MultiplyEdge(PanelTask task, int columns, float* edge)
    {
        float* y = task.Outputs + task.PanelCount * Width;
        task.Panels += task.PanelCount * task.PanelStride;
        task.PanelCount = 1;
        task.Outputs = edge;
        task.OutputStride = Width;
        new Span<float>(edge, RowBlock * Width).Clear();
        CopyColumns(y, output.Columns, edge, Width, task.RowCount, columns);
        format.Multiply(task);
        CopyColumns(edge, Width, y, output.Columns, task.RowCount, columns);
    }

    private float* Rows(int row, int rows, int start, int count, float* turned, out long stride)
    {
        stride = left.Columns;
        if (!leftTurned)
            return left.Pointer32() + row * stride + start;
        Transposition.Copy(left.Pointer32() + start * stride + row, stride, count, rows, turned, TurnedStride);
        stride = TurnedStride;
        return turned;
    }

    private void AddBias(int column, int columns, int firstRow, int endRow)
    {
        if (bias is null)
            return;
        var values = bias.Values.Slice(column, columns);
        for (int t = firstRow; t < endRow; t++)
        {
            var target = output.Row(t).Slice(column, columns);
            System.Numerics.Tensors.TensorPrimitives.Add(target, values, target);
        }
    }

    // Where things lie in the scratch memory of a thread.
    private readonly struct Places(float* memory, PanelFormat format)
    {
        public float* Panels => memory;

        public float* Source => Panels + PanelStretch.Columns / Width * PanelStretch.Stride;

        public float* Edge => Source + PanelStretch.ScratchSingles;

        public float* Format => Edge + RowBlock * Width;

        public float* Rows => Format + format.ScratchBytes / sizeof(float);

        public static long Bytes(PanelFormat format, bool leftTurned) => format.ScratchBytes
            + sizeof(float) * (PanelStretch.Columns / Width * PanelStretch.Stride + PanelStretch.ScratchSingles + RowBlock * Width + (leftTurned ? RowBlock * TurnedStride : 0L));
    }
}
