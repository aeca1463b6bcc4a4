using System.Numerics.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// Causal attention as matrix products. The queries that share a key head are stacked, row (t, g) for query t and its head g, and cut into tiles of neighbouring
/// rows. A tile goes through three steps: scores of all its keys, softmax of each row, mix of the values. The pattern, where it is wanted or given, stands between the second
/// and the third step, so that the fused and the unfused path do the same arithmetic. Keys count from absolute positions in blocks, every score and output is one sum in ascending order,
/// and what a row does not see is never added to it (not even as 0, which an infinite value would turn into NaN): a row gives the same bits in every tile.
/// </summary>
internal readonly unsafe struct AttentionKernel
{
    private const int Block = KeyValueBlocks.BlockSize, Panel = KeyValueBlocks.PanelSize;

    // More rows share the way of keys and values into the nearest cache: that gains more than scores gain from a nearer cache, up to about here.
    private const int ScoreBytes = 1 << 20, MostRows = 48;

    private readonly Tensor? _queries, _pattern, _output;
    private readonly KeyValueBlocks _memory;
    private readonly AttentionShape _shape;
    private readonly int _first, _group, _rows, _tileRows, _tiles;

    /// <summary>Work on the queries, or on given probabilities where there are none; its results are the pattern, or the output where there is one.</summary>
    /// <param name="queries">[T, H·E], or null.</param>
    /// <param name="memory">Keys and values at positions 0 … first + T − 1, or more.</param>
    /// <param name="firstPosition">The first query's position.</param>
    /// <param name="shape">Sizes and rules.</param>
    /// <param name="pattern">[T, H, keys], written where there are queries, else read; null where nobody wants it.</param>
    /// <param name="output">[T, H·Ev], or null.</param>
    /// <param name="rowCount">T.</param>
    /// <param name="threads">Among how many threads the tiles are split.</param>
    public AttentionKernel(Tensor? queries, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor? pattern, Tensor? output, int rowCount, int threads)
    {
        (_queries, _memory, _first, _shape, _pattern, _output) = (queries, memory, firstPosition, shape, pattern, output);
        _group = shape.Heads / shape.KeyHeads;
        _rows = rowCount * _group;
        int keys = firstPosition + rowCount - shape.FirstKey(firstPosition);
        int fit = Math.Clamp(ScoreBytes / sizeof(float) / (keys + 2 * Block) / TileKernel.Rows * TileKernel.Rows, TileKernel.Rows, MostRows);
        int share = (_rows * shape.KeyHeads + threads - 1) / threads;
        _tileRows = Math.Min(Math.Max(fit, _group), Math.Min(Math.Max(share, 1), _rows));
        _tiles = (_rows + _tileRows - 1) / _tileRows;
    }

    /// <summary>How many tiles there are, over all key heads.</summary>
    public int Count => _tiles * _shape.KeyHeads;

    /// <summary>Computes tiles <paramref name="start"/> … end − 1.</summary>
    public void Run(int start, int end)
    {
        int keys = _first + _rows / _group;
        int longest = RoundUp((_shape.Window > 0 ? Math.Min(keys, _shape.Window + _tileRows) : keys) + Block, Block);
        int valueSize = _memory.PaddedValueSize;
        long rowSingles = longest + RoundUp(_shape.KeySize, Panel) + valueSize;
        using var scratch = ThreadBuffer.Rent(ScratchUse.Kernel, (_tileRows * rowSingles + _memory.BlockSingles) * sizeof(float));
        float* scores = scratch.Floats, queries = scores + (long)_tileRows * longest, outputs = queries + _tileRows * RoundUp(_shape.KeySize, Panel);
        for (int item = start; item < end; item++)
        {
            var (head, index) = Math.DivRem(item, _tiles);
            // Late queries see more keys than early ones: taken in turn from both ends, any run of tiles costs as much as any other of its length.
            int tile = index % 2 == 0 ? index / 2 : _tiles - 1 - index / 2;
            int first = tile * _tileRows;
            Run(new Tile(this, head, first, Math.Min(_tileRows, _rows - first), scores, longest, queries, outputs, outputs + _tileRows * valueSize));
        }
    }

    private void Run(in Tile tile)
    {
        if (_queries is not null)
        {
            GatherQueries(tile);
            Score(tile);
            Normalise(tile);
        }
        CopyPattern(tile);
        if (_output is not null)
            Mix(tile);
    }

    private void GatherQueries(in Tile tile)
    {
        int size = _shape.KeySize;
        for (int row = 0; row < tile.Rows; row++)
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(_queries!.Pointer32() + HeadOf(tile, row) * size, size), _shape.Scale, new Span<float>(tile.Queries + row * size, size));
    }

    private void Score(in Tile tile)
    {
        for (int block = tile.Base; block < tile.End; block += Block)
        {
            float* keys = _memory.Keys(block / Block, tile.Head, tile.Widened);
            if (block + Block <= Seen(tile, 0).To && Seen(tile, tile.Rows - 1).From <= block)
                ScorePanels(tile, keys, block, Block / Panel);
            else
                for (int key = block; key < Math.Min(block + Block, tile.End); key += Panel)
                    ScorePanels(tile, keys + (key - block) * _shape.KeySize, key, 1);
        }
    }

    private void ScorePanels(in Tile tile, float* keys, int key, int panels)
    {
        // Positions ascend with the rows: those that see a part of the panel are neighbours.
        int size = _shape.KeySize, from = Math.Max(0, (key - _first) * _group - tile.FirstRow);
        long unseen = _shape.Window > 0 ? ((long)key + Panel - 1 + _shape.Window - _first) * _group - tile.FirstRow : tile.Rows;
        int count = (int)Math.Min(tile.Rows, unseen) - from;
        if (count > 0)
            TileKernel.Multiply(tile.Queries + from * size, size, count, keys, Panel, Panel * size, panels, size, tile.ScoresOf(from) + key - tile.Base, tile.Stride, add: false);
    }

    // A row's softmax runs over whole panels, so that its sum falls into the same lanes wherever the tile begins.
    private void Normalise(in Tile tile)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            var (from, to) = Seen(tile, row);
            int begin = from / Panel * Panel, end = RoundUp(to, Panel);
            float* scores = tile.ScoresOf(row) + begin - tile.Base;
            var span = new Span<float>(scores, end - begin);
            if (_shape.SoftCap > 0)
                ActivationKernel.SoftCap(span, _shape.SoftCap, span);
            span[..(from - begin)].Fill(float.NegativeInfinity);
            span[(to - begin)..].Fill(float.NegativeInfinity);
            SoftmaxKernel.InPlace(scores, span.Length);
        }
    }

    private void CopyPattern(in Tile tile)
    {
        if (_pattern is null)
            return;
        for (int row = 0; row < tile.Rows; row++)
        {
            var (from, to) = Seen(tile, row);
            var pattern = _pattern.Row(HeadOf(tile, row));
            var scores = new Span<float>(tile.ScoresOf(row) + from - tile.Base, to - from);
            if (_queries is null)
            {
                pattern[from..to].CopyTo(scores);
                continue;
            }
            pattern[..from].Clear();
            scores.CopyTo(pattern[from..]);
            pattern[to..].Clear();
        }
    }

    private void Mix(in Tile tile)
    {
        int size = _memory.PaddedValueSize;
        new Span<float>(tile.Outputs, tile.Rows * size).Clear();
        for (int block = tile.Base; block < tile.End; block += Block)
        {
            float* values = _memory.Values(block / Block, tile.Head, tile.Widened);
            for (int row = 0; row < tile.Rows; row += TileKernel.Rows)
                MixRows(tile, row, Math.Min(TileKernel.Rows, tile.Rows - row), block, values, size);
        }
        for (int row = 0; row < tile.Rows; row++)
            new ReadOnlySpan<float>(tile.Outputs + row * size, _shape.ValueSize).CopyTo(new Span<float>(_output!.Pointer32() + HeadOf(tile, row) * _shape.ValueSize, _shape.ValueSize));
    }

    // The keys that all rows see go together; those before and after, which only some see, row by row.
    private void MixRows(in Tile tile, int first, int rows, int block, float* values, int size)
    {
        int end = block + Block, from = Math.Max(Seen(tile, first + rows - 1).From, block), to = Math.Min(Seen(tile, first).To, end);
        if (from >= to)
            from = to = end;
        if (from > block)
            MixAlone(tile, first, rows, block, from, block, values, size);
        MixKeys(tile, first, rows, from, to, block, values, size);
        if (to < end)
            MixAlone(tile, first, rows, to, end, block, values, size);
    }

    private void MixAlone(in Tile tile, int first, int rows, int from, int to, int block, float* values, int size)
    {
        for (int row = first; row < first + rows; row++)
        {
            var seen = Seen(tile, row);
            MixKeys(tile, row, 1, Math.Max(seen.From, from), Math.Min(seen.To, to), block, values, size);
        }
    }

    private static void MixKeys(in Tile tile, int first, int rows, int from, int to, int block, float* values, int size)
    {
        if (from < to)
            TileKernel.Multiply(tile.ScoresOf(first) + from - tile.Base, tile.Stride, rows, values + (from - block) * size, size, Panel, size / Panel, to - from, tile.Outputs + first * size, size, add: true);
    }

    // The keys that a row sees.
    private (int From, int To) Seen(in Tile tile, int row)
    {
        int position = _first + (tile.FirstRow + row) / _group;
        return (_shape.FirstKey(position), position + 1);
    }

    // Which head of which query a row is, counted over all heads of all queries.
    private int HeadOf(in Tile tile, int row)
    {
        var (query, head) = Math.DivRem(tile.FirstRow + row, _group);
        return query * _shape.Heads + tile.Head * _group + head;
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>Some stacked rows of one key head, and the memory that they are worked on in.</summary>
    private readonly struct Tile
    {
        public readonly int Head, FirstRow, Rows, Base, End;
        public readonly long Stride;
        public readonly float* Scores, Queries, Outputs, Widened;

        public Tile(in AttentionKernel work, int head, int firstRow, int rows, float* scores, int stride, float* queries, float* outputs, float* widened)
        {
            (Head, FirstRow, Rows, Stride) = (head, firstRow, rows, stride);
            Scores = scores;
            Queries = queries;
            Outputs = outputs;
            Widened = widened;
            Base = work._shape.FirstKey(work._first + firstRow / work._group) / Block * Block;
            End = work._first + (firstRow + rows - 1) / work._group + 1;
        }

        /// <summary>A row's scores, that of the key at <see cref="Base"/> first.</summary>
        public float* ScoresOf(int row) => Scores + row * Stride;
    }
}
