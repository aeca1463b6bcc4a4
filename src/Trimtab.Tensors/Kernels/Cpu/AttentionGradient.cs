using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// The gradient of causal attention, one key head at a time. Some neighbouring queries of all heads that share it are stacked to a tile of rows; their scores with
/// all keys that they see lie key by key, [key][row], so that every product is one of the panel kernels' and softmax works on whole vectors of rows. The scores are
/// computed again rather than kept from the forward pass. Sums over queries run in the order (position, head), sums over keys by position, whatever the tiles.
/// </summary>
internal readonly unsafe struct AttentionGradient(PanelFormat format, AttentionOperands operands, int firstPosition, AttentionShape shape)
{
    private const int Width = PanelFormat.Width;

    // Rows of a stretch of panels, and positions summed at a time, as everywhere.
    private const int Block = PanelStretch.Inner;

    /// <summary>Writes the gradients of key heads <paramref name="start"/> … end − 1 and of their query heads.</summary>
    public void Run(int start, int end)
    {
        int keys = operands.K.RowCount;
        using var memory = ThreadBuffer.Rent(ScratchUse.Kernel, new AttentionTile(null, format, keys, shape).Bytes);
        var tile = new AttentionTile(memory.Floats, format, keys, shape);
        for (int head = start; head < end; head++)
        {
            PackKeys(head, tile);
            new Span<float>(tile.KeySums, keys * tile.KeyWidth).Clear();
            new Span<float>(tile.ValueSums, keys * tile.ValueWidth).Clear();
            for (int row = 0; row < operands.Q.RowCount; row += tile.Positions)
                AddTile(row, Math.Min(tile.Positions, operands.Q.RowCount - row), head, tile);
            CopyHead(tile.KeySums, tile.KeyWidth, operands.Dk, head, shape.KeySize);
            CopyHead(tile.ValueSums, tile.ValueWidth, operands.Dv, head, shape.ValueSize);
        }
    }

    private void AddTile(int row, int positions, int head, in AttentionTile tile)
    {
        int group = shape.Heads / shape.KeyHeads, rows = positions * group, padded = Padded(rows);
        int lowest = shape.FirstKey(firstPosition + row), count = Math.Min(firstPosition + row + positions, operands.K.RowCount) - lowest;
        TakeRows(operands.Q, row, positions, head, shape.KeySize, tile.QueriesTurned, tile.QueryLines, tile);
        TakeRows(operands.Dy, row, positions, head, shape.ValueSize, tile.OutputsTurned, tile.OutputLines, tile);

        float* k = Head(operands.K, lowest, head, shape.KeySize), v = Head(operands.V, lowest, head, shape.ValueSize);
        int panels = padded / Width;
        Multiply(k, operands.K.Columns, count, tile.QueriesTurned, shape.KeySize * Width, panels, shape.KeySize, tile.Weights, padded, tile);
        Multiply(v, operands.V.Columns, count, tile.OutputsTurned, shape.ValueSize * Width, panels, shape.ValueSize, tile.Gradients, padded, tile);
        var stripe = new AttentionStripe(tile.Weights, tile.Gradients, tile.Bends, tile.Lanes, count, padded, shape);
        stripe.Mask(firstPosition + row, lowest, rows, group);
        stripe.ToScoreGradients();

        Multiply(tile.Weights, padded, count, tile.OutputLines, tile.Rows * Width, tile.ValueWidth / Width, rows, tile.ValueSums + (long)lowest * tile.ValueWidth, tile.ValueWidth, tile, add: true);
        Multiply(tile.Gradients, padded, count, tile.QueryLines, tile.Rows * Width, tile.KeyWidth / Width, rows, tile.KeySums + (long)lowest * tile.KeyWidth, tile.KeyWidth, tile, add: true);
        SumOverKeys(lowest, count, rows, padded, tile);
        PutRows(tile.QuerySums, tile.KeyWidth, row, positions, head);
    }

    // dq = dS · K: the gradients lie key by key, so they are turned, a block of keys at a time.
    private void SumOverKeys(int lowest, int count, int rows, int padded, in AttentionTile tile)
    {
        for (int start = 0; start < count; start += Block)
        {
            int block = Math.Min(Block, count - start);
            Transposition.Copy(tile.Gradients + (long)start * padded, padded, block, rows, tile.GradientsTurned, AttentionTile.TurnedStride);
            Multiply(tile.GradientsTurned, AttentionTile.TurnedStride, rows, tile.KeyLines + (long)(lowest + start) * Width, (long)operands.K.RowCount * Width,
                tile.KeyWidth / Width, block, tile.QuerySums, tile.KeyWidth, tile, add: start > 0);
        }
    }

    // Outputs (+)= rows · panels over `inner` positions.
    private void Multiply(float* rows, long rowStride, int rowCount, float* panels, long panelStride, int panelCount, int inner, float* outputs, long outputStride,
        in AttentionTile tile, bool add = false)
    {
        // A task adds where its first position is not 0; so positions are counted from a block behind where it shall.
        int origin = add ? Block : 0;
        for (int row = 0; row < rowCount; row += Block)
            for (int start = 0; start < inner; start += Block)
                format.Multiply(new PanelTask
                {
                    Panels = (byte*)(panels - origin * Width), PanelStride = panelStride * sizeof(float), PanelCount = panelCount,
                    Inner = origin + inner, Start = origin + start, Count = Math.Min(Block, inner - start),
                    Rows = (byte*)(rows + row * rowStride - origin), RowStride = rowStride * sizeof(float), RowCount = Math.Min(Block, rowCount - row),
                    Outputs = outputs + row * outputStride, OutputStride = outputStride, Scratch = tile.Format,
                });
    }

    // The rows of a tile one after the other, turned into panels over their own size, and as panels over the rows.
    private void TakeRows(Tensor source, int row, int positions, int head, int size, float* turned, float* lines, in AttentionTile tile)
    {
        int group = shape.Heads / shape.KeyHeads, count = positions * group, padded = Padded(count);
        float* rows = tile.TileRows;
        for (int t = 0; t < positions; t++)
            source.Row(row + t).Slice(head * group * size, group * size).CopyTo(new Span<float>(rows + t * group * size, group * size));
        new Span<float>(rows + count * size, (padded - count) * size).Clear();
        for (int r = 0; r < padded; r += Width)
            Transposition.Copy(rows + r * size, size, Width, size, turned + r * size, Width);
        ToLines(rows, size, count, size, lines, tile.Rows);
    }

    private void PackKeys(int head, in AttentionTile tile) =>
        ToLines(Head(operands.K, 0, head, shape.KeySize), operands.K.Columns, operands.K.RowCount, shape.KeySize, tile.KeyLines, operands.K.RowCount);

    // Panels whose positions are rows: sixteen values of each row after the other, zeros behind the last.
    private static void ToLines(float* rows, long stride, int count, int size, float* lines, long panelRows)
    {
        for (int i = 0; i < size; i += Width, lines += panelRows * Width)
        {
            int wide = Math.Min(Width, size - i);
            if (wide < Width)
                new Span<float>(lines, count * Width).Clear();
            for (int r = 0; r < count; r++)
                new ReadOnlySpan<float>(rows + r * stride + i, wide).CopyTo(new Span<float>(lines + (long)r * Width, wide));
        }
    }

    private void PutRows(float* sums, int stride, int row, int positions, int head)
    {
        int group = shape.Heads / shape.KeyHeads, size = shape.KeySize;
        for (int r = 0; r < positions * group; r++)
            new ReadOnlySpan<float>(sums + r * stride, size).CopyTo(operands.Dq.Row(row + r / group).Slice((head * group + r % group) * size, size));
    }

    private static void CopyHead(float* sums, int stride, Tensor target, int head, int size)
    {
        for (int key = 0; key < target.RowCount; key++)
            new ReadOnlySpan<float>(sums + (long)key * stride, size).CopyTo(target.Row(key).Slice(head * size, size));
    }

    private static float* Head(Tensor tensor, int row, int head, int size) => tensor.Pointer32() + (long)row * tensor.Columns + head * size;

    private static int Padded(int count) => (count + Width - 1) / Width * Width;
}

/// <summary>What a gradient of attention reads and writes.</summary>
internal readonly record struct AttentionOperands(Tensor Q, Tensor K, Tensor V, Tensor Dy, Tensor Dq, Tensor Dk, Tensor Dv);
