namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>The tiles of one format, ready to run: in executable pages here, in an interpreter where tests check the code of instructions that their machine lacks.</summary>
internal abstract unsafe class TileCode
{
    /// <summary>Runs the tile of a shape.</summary>
    public abstract void Run(TileShape shape, TileArguments* arguments);
}

/// <summary>Tiles in executable pages.</summary>
internal sealed unsafe class PagedTiles : TileCode, IDisposable
{
    private const int Alignment = 64;
    private const int PanelCounts = 5;

    private readonly CodePage _page;
    private readonly nint[] _entries;

    /// <summary>Puts tiles into executable pages.</summary>
    /// <exception cref="TensorException">The system refuses such pages.</exception>
    public PagedTiles(IReadOnlyList<(TileShape Shape, byte[] Code)> tiles)
    {
        var (code, starts) = Join(tiles);
        _page = new CodePage(code);
        _entries = new nint[(tiles.Max(t => t.Shape.Rows) + 1) * PanelCounts];
        for (int i = 0; i < tiles.Count; i++)
            _entries[Index(tiles[i].Shape)] = (nint)(_page.Pointer + starts[i]);
    }

    /// <summary>Every tile of an emitter, for this process's calling convention.</summary>
    public static PagedTiles Of(TileEmitter emitter) => new([.. emitter.Shapes.Select(shape => (shape, emitter.Emit(shape, NativeAbi.Current)))]);

    /// <inheritdoc/>
    /// <remarks>The garbage collector waits for a tile to return: microseconds, or for one row of a very large weight a fraction of a millisecond.</remarks>
    public override void Run(TileShape shape, TileArguments* arguments)
    {
        nint entry = _entries[Index(shape)];
        if (entry == 0)
            throw new InvalidOperationException($"PagedTiles: there is no tile {shape} — it was not among those emitted.");
        ((delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)entry)(arguments);
    }

    /// <summary>Gives the pages back. No tile may run then or later.</summary>
    public void Dispose()
    {
        Array.Clear(_entries);
        _page.Dispose();
    }

    private static int Index(TileShape shape) => shape.Rows * PanelCounts + shape.Panels;

    // The gaps hold int3: a stray jump stops at once.
    private static (byte[] Code, int[] Starts) Join(IReadOnlyList<(TileShape Shape, byte[] Code)> tiles)
    {
        var starts = new int[tiles.Count];
        int length = 0;
        for (int i = 0; i < tiles.Count; i++)
        {
            starts[i] = length;
            length = (length + tiles[i].Code.Length + Alignment - 1) / Alignment * Alignment;
        }
        var code = new byte[length];
        Array.Fill(code, (byte)0xCC);
        for (int i = 0; i < tiles.Count; i++)
            tiles[i].Code.CopyTo(code, starts[i]);
        return (code, starts);
    }
}
