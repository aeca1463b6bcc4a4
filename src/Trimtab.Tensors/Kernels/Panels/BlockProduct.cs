namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The innermost loops of a format of blocks: tiles of one, two and four rows times some blocks of a panel.</summary>
internal unsafe interface IBlockTiles
{
    /// <summary>What the rows are.</summary>
    static abstract BlockRows Form { get; }

    /// <summary>Bytes of a row's code.</summary>
    static abstract int CodeBytes { get; }

    /// <summary>Bytes of a panel's block.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Positions that rows pass over before they meet the next, so that the panel's part stays in the nearest cache.</summary>
    static abstract int InnerBlock { get; }

    /// <summary>One row; it converts the scales on its way.</summary>
    static abstract void One(byte* w, int blocks, BlockTileRows rows);

    /// <summary>Two rows; <paramref name="scales"/> are the blocks' scales as singles.</summary>
    static abstract void Two(byte* w, float* scales, int blocks, BlockTileRows rows);

    /// <summary>Four rows.</summary>
    static abstract void Four(byte* w, float* scales, int blocks, BlockTileRows rows);
}

/// <summary>The way of a task through the tiles of a format of blocks.</summary>
internal static unsafe class BlockProduct<TTiles> where TTiles : struct, IBlockTiles
{
    /// <summary>Scratch memory for a panel's scales.</summary>
    public static int ScratchBytes => TTiles.InnerBlock / BlockRows.Block * PanelFormat.Width * sizeof(float);

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        if (task.RowCount == 1)
        {
            var places = Places(task);
            for (int panel = 0; panel < task.PanelCount; panel++)
                TTiles.One(places.Panel(panel), places.Blocks, new BlockTileRows(places, 0, panel));
            return;
        }
        var part = task;
        for (int end = task.Start + task.Count; part.Start < end; part.Start += part.Count)
        {
            part.Count = Math.Min(TTiles.InnerBlock, end - part.Start);
            Part(part);
        }
    }

    // The scales of a panel are converted once for all rows. Converted in the tiles, their constants take the registers of the sums, and the sums go to the stack and back.
    private static void Part(in PanelTask task)
    {
        var places = Places(task);
        float* scales = (float*)task.Scratch;
        for (int panel = 0; panel < task.PanelCount; panel++)
        {
            byte* w = places.Panel(panel);
            HalfScales.ToSingles(w, TTiles.BlockBytes, places.Blocks, scales);
            for (int row = 0, height; row < task.RowCount; row += height)
            {
                height = BlockTileRows.Height(task.RowCount - row);
                var rows = new BlockTileRows(places, row, panel);
                rows.AskForOutputsBehind(height);
                if (height == 4)
                    TTiles.Four(w, scales, places.Blocks, rows);
                else if (height == 2)
                    TTiles.Two(w, scales, places.Blocks, rows);
                else
                    TTiles.One(w, places.Blocks, rows);
            }
        }
    }

    private static BlockTask Places(in PanelTask task) => new(task, TTiles.Form, TTiles.CodeBytes, TTiles.BlockBytes);
}
