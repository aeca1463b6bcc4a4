namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The innermost loops of a format of blocks: tiles of some rows times some blocks of a panel.</summary>
internal unsafe interface IBlockTiles
{
    /// <summary>What the rows are.</summary>
    static abstract BlockRows Form { get; }

    /// <summary>Bytes of a panel's block.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Positions that rows pass over before they meet the next, so that the panel's part stays in the nearest cache.</summary>
    static abstract int InnerBlock { get; }

    /// <summary>The most rows of a tile, whose sums fit the registers.</summary>
    static abstract int Highest { get; }

    /// <summary>One row, alone; it fetches the panel ahead and converts the scales on its way.</summary>
    static abstract void One(byte* w, int blocks, in BlockTile tile);

    /// <summary>Up to <see cref="Highest"/> rows; <paramref name="scales"/> are the blocks' scales as singles.</summary>
    static abstract void Tile<TRows>(byte* w, float* scales, int blocks, in BlockTile tile) where TRows : struct, ITileRows;
}

/// <summary>The way of a task through the tiles of a format of blocks.</summary>
internal static unsafe class BlockProduct<TTiles> where TTiles : struct, IBlockTiles
{
    // Rows whose interleaved codes over an inner block find room in scratch memory, and fewer rows over more blocks: they stay near the second cache.
    private const int RowLimit = 256;

    private static int InnerBlocks => TTiles.InnerBlock / BlockRows.Block;

    private static int ScaleBytes => InnerBlocks * PanelFormat.Width * sizeof(float);

    /// <summary>Scratch memory for a panel's scales and for interleaved rows.</summary>
    public static int ScratchBytes => ScaleBytes + InterleavedBlocks.Bytes(TTiles.Form, RowLimit * InnerBlocks);

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        if (task.RowCount == 1)
        {
            Stream(task);
            return;
        }
        var part = task;
        for (int row = 0; row < task.RowCount; row += RowLimit)
        {
            part.RowCount = Math.Min(RowLimit, task.RowCount - row);
            part.Rows = task.Rows + row * task.RowStride;
            part.Outputs = task.Outputs + row * task.OutputStride;
            // As many positions at a time as there is room for, in whole blocks of the nearest cache.
            int stretch = RowLimit / part.RowCount * TTiles.InnerBlock;
            for (int start = 0; start < task.Count; start += stretch)
            {
                (part.Start, part.Count) = (task.Start + start, Math.Min(stretch, task.Count - start));
                Interleaved(part);
            }
        }
    }

    private static void Stream(in PanelTask task)
    {
        var places = Places(task);
        for (int panel = 0; panel < task.PanelCount; panel++)
            TTiles.One(places.Panel(panel), places.Blocks, places.Row(0, panel));
    }

    private static void Interleaved(in PanelTask task)
    {
        var places = Places(task);
        var rows = new InterleavedBlocks(task, places, TTiles.Form, TTiles.Highest, task.Scratch + ScaleBytes);
        for (int panel = 0; panel < task.PanelCount; panel++)
            for (int block = 0; block < places.Blocks; block += InnerBlocks)
                Part(task, places.Panel(panel) + (long)block * TTiles.BlockBytes, rows, panel, block, Math.Min(InnerBlocks, places.Blocks - block));
    }

    // All rows times some blocks of a panel. Its scales are converted once for all of them: in the tiles, the constants would take registers of the sums.
    private static void Part(in PanelTask task, byte* w, in InterleavedBlocks rows, int panel, int block, int blocks)
    {
        float* scales = (float*)task.Scratch;
        HalfScales.ToSingles(w, TTiles.BlockBytes, blocks, scales);
        for (int row = 0, height; row < task.RowCount; row += height)
        {
            height = rows.Height(row);
            var tile = rows.Tile(row, height, panel, block);
            PanelTask.AskForOutputs(tile.Outputs + height * tile.OutputStep, tile.OutputStep, height);
            switch (height)
            {
                case 1: TTiles.Tile<OneRow>(w, scales, blocks, tile); break;
                case 2: TTiles.Tile<TwoRows>(w, scales, blocks, tile); break;
                case 3: TTiles.Tile<ThreeRows>(w, scales, blocks, tile); break;
                case 4: TTiles.Tile<FourRows>(w, scales, blocks, tile); break;
                case 5: TTiles.Tile<FiveRows>(w, scales, blocks, tile); break;
                default: TTiles.Tile<SixRows>(w, scales, blocks, tile); break;
            }
        }
    }

    private static BlockTask Places(in PanelTask task) => new(task, TTiles.Form, TTiles.BlockBytes);
}
