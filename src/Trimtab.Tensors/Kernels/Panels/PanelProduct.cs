using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Several products of the same rows as one piece of work: the panels of all weights stand in one line, which the threads split evenly. Few rows go through each panel from
/// end to end, as one stream; many rows take it in blocks of inner positions that stay in the nearest cache while all rows pass.
/// </summary>
internal readonly unsafe struct PanelProduct(PreparedRows rows, ArraySegment<Product> products)
{
    // Rows that share a block of a panel: their own blocks (256 × InnerBlock singles) must stay in the second cache meanwhile.
    private const int RowBlock = 256;

    // Up to here, the rows' part of the work is small beside the stream of weights.
    private const int FewRows = 8;

    /// <summary>Computes panels <paramref name="start"/> … end − 1 of the line.</summary>
    public void Run(int start, int end)
    {
        foreach (ref readonly var product in products.AsSpan())
        {
            int count = product.Weight.PanelCount;
            if (start < count && end > 0)
                Run(product, Math.Max(start, 0), Math.Min(end, count));
            (start, end) = (start - count, end - count);
        }
    }

    private void Run(in Product product, int start, int end)
    {
        var weight = product.Weight;
        var format = weight.Format;
        using var scratch = ThreadBuffer.Rent(ScratchUse.Kernel, format.ScratchBytes + RowBlock * PanelFormat.Width * sizeof(float));
        int whole = Math.Min(end, weight.Outputs / PanelFormat.Width);
        int block = rows.Count <= FewRows ? weight.Inner : format.InnerBlock;
        for (int first = 0; first < rows.Count; first += RowBlock)
        {
            int rowCount = Math.Min(RowBlock, rows.Count - first);
            float* y = product.Output.Pointer32() + (long)first * weight.Outputs;
            var task = new PanelTask
            {
                PanelStride = weight.PanelStride, Inner = weight.Inner, Rows = rows.Of(format.Rows, first), RowStride = format.Rows.Bytes(weight.Inner),
                RowCount = rowCount, Scratch = scratch.Bytes,
            };
            for (task.Start = 0; task.Start < weight.Inner; task.Start += block)
            {
                task.Count = Math.Min(block, weight.Inner - task.Start);
                task.PanelCount = whole - start;
                task.Panels = weight.Panel(start);
                task.Outputs = y + (long)start * PanelFormat.Width;
                task.OutputStride = weight.Outputs;
                if (whole > start)
                    format.Multiply(task);
                if (whole == end)
                    continue;
                // The last panel is wider than what is left of the outputs: it writes beside them, and the part that exists is copied.
                task.PanelCount = 1;
                task.Panels = weight.Panel(whole);
                task.Outputs = (float*)(scratch.Bytes + format.ScratchBytes);
                task.OutputStride = PanelFormat.Width;
                format.Multiply(task);
            }
            if (whole < end)
                CopyPart(task.Outputs, rowCount, y + (long)whole * PanelFormat.Width, weight.Outputs, weight.Outputs - whole * PanelFormat.Width);
        }
        AddBias(product, start * PanelFormat.Width, Math.Min(end * PanelFormat.Width, weight.Outputs));
    }

    private static void CopyPart(float* source, int rows, float* target, long targetStride, int columns)
    {
        for (int t = 0; t < rows; t++)
            new ReadOnlySpan<float>(source + t * PanelFormat.Width, columns).CopyTo(new Span<float>(target + t * targetStride, columns));
    }

    private void AddBias(in Product product, int start, int end)
    {
        if (product.Bias is not { } bias)
            return;
        var values = bias.Values[start..end];
        for (int t = 0; t < rows.Count; t++)
        {
            var target = product.Output.Row(t)[start..end];
            System.Numerics.Tensors.TensorPrimitives.Add(target, values, target);
        }
    }
}
