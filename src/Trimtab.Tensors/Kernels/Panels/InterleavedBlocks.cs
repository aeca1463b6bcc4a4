namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The rows of a task over a stretch of its blocks, cut into tiles and interleaved: codes, scales and biases each for themselves, in memory of the calling thread.</summary>
internal readonly unsafe struct InterleavedBlocks
{
    private readonly BlockTask _places;
    private readonly BlockRows _form;
    private readonly int _rows, _highest;
    private readonly float* _codes, _scales, _biases;

    /// <summary>Interleaves the rows in tiles of at most <paramref name="highest"/>.</summary>
    public InterleavedBlocks(in PanelTask task, in BlockTask places, BlockRows form, int highest, byte* memory)
    {
        (_places, _form, _rows, _highest) = (places, form, task.RowCount, highest);
        _codes = (float*)memory;
        _scales = _codes + (long)_rows * places.Blocks * CodeUnits;
        _biases = _scales + (long)_rows * places.Blocks;
        long step = task.RowStride / sizeof(float);
        RowTiles.Interleave((float*)places.Codes(0), step, _rows, places.Blocks * CodeUnits, _codes, highest);
        RowTiles.Interleave(places.Scales(0), step, _rows, places.Blocks, _scales, highest);
        if (form.HasBiases)
            RowTiles.Interleave((float*)places.Biases(0), step, _rows, places.Blocks, _biases, highest);
    }

    private int CodeUnits => _form.CodeUnits;

    /// <summary>The bytes of so many blocks of one row.</summary>
    public static int Bytes(BlockRows form, int blocks) => blocks * (form.CodeUnits + (form.HasBiases ? 2 : 1)) * sizeof(float);

    /// <summary>How many rows the tile has that begins with row <paramref name="row"/>.</summary>
    public int Height(int row) => RowTiles.Height(_rows - row, _highest);

    /// <summary>The tile of <paramref name="height"/> rows from <paramref name="row"/> on, from a block of the stretch on.</summary>
    public BlockTile Tile(int row, int height, int panel, int block)
    {
        long units = (long)row * _places.Blocks + block * height;
        return new()
        {
            Codes = (int*)_codes + units * CodeUnits, Scales = _scales + units, Biases = (int*)_biases + units,
            Outputs = _places.Outputs(row, panel), OutputStep = _places.OutputStep, Adds = _places.Adds || block > 0,
        };
    }
}
