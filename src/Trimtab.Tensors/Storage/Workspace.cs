using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Storage;

/// <summary>
/// The arena of one request: every intermediate of a forward pass is carved from it, and all of them vanish together at <see cref="Reset"/>, or all but a few at
/// <see cref="Renew"/>. Its memory is kept for the next pass, so decoding allocates none. Not thread-safe: one workspace serves one pass at a time.
/// </summary>
public sealed class Workspace : IDisposable
{
    private readonly List<(NativeStorage Storage, long Offset)> _places = [];
    private Arena _current = new(), _other = new();
    private bool _disposed;

    /// <summary>An empty arena whose tensors are computed by <paramref name="backend"/> (the processor, where none is given).</summary>
    public Workspace(Backend? backend = null) => Backend = backend ?? CpuBackend.Shared;

    /// <summary>What computes on tensors of this workspace.</summary>
    public Backend Backend { get; }

    /// <summary>Counts the resets and renewals. A tensor remembers the generation it was made in and refuses to be read in a later one.</summary>
    public int Generation { get; private set; }

    /// <summary>The bytes that the arena holds from the operating system.</summary>
    public long ReservedBytes => _current.ReservedBytes + _other.ReservedBytes;

    /// <summary>The bytes that tensors have been given since the last <see cref="Reset"/> or <see cref="Renew"/>.</summary>
    public long UsedBytes => _current.UsedBytes;

    /// <summary>A tensor with undefined contents that lives until the next <see cref="Reset"/> or <see cref="Renew"/>.</summary>
    /// <exception cref="ObjectDisposedException">The workspace was disposed.</exception>
    public Tensor Allocate(in Shape shape, DType type = DType.F32)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (storage, offset) = _current.Take(type.ByteCount(shape.Count));
        return new Tensor(storage, offset, shape, type, this);
    }

    /// <summary>Ends the life of every tensor of this workspace and makes the memory free for the next pass.</summary>
    public void Reset()
    {
        _current.Clear();
        _other.Clear();
        Generation++;
    }

    /// <summary>
    /// Ends the life of every tensor but the given ones, which are replaced by copies. A pass calls it after each block, so that its memory is that of one block and
    /// not of all.
    /// </summary>
    public void Renew(Span<Tensor> kept)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _other.Clear();
        (_current, _other) = (_other, _current);
        // The values are read in the generation they come from, the copies are tensors of the next one.
        _places.Clear();
        foreach (var tensor in kept)
            _places.Add(CopyOf(tensor));
        Generation++;
        for (int i = 0; i < kept.Length; i++)
            kept[i] = new Tensor(_places[i].Storage, _places[i].Offset, kept[i].Shape, kept[i].DType, this);
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        _disposed = true;
        _current.Free();
        _other.Free();
        Generation++;
    }

    private (NativeStorage Storage, long Offset) CopyOf(Tensor tensor)
    {
        var (storage, offset) = _current.Take(tensor.ByteCount);
        int rows = tensor.RowCount;
        for (int row = 0; row < rows; row++)
        {
            var bytes = tensor.RowBytes(row);
            bytes.CopyTo(storage.Span<byte>(offset + (long)row * bytes.Length, bytes.Length));
        }
        return (storage, offset);
    }

    // Chunks of growing size, filled one after the other.
    private sealed class Arena
    {
        private const long Alignment = 64;
        private const long FirstChunk = 1 << 20;

        private readonly List<NativeStorage> _chunks = [];
        private int _chunk;
        private long _used;

        public long ReservedBytes => _chunks.Sum(c => c.ByteCount);

        public long UsedBytes { get; private set; }

        public (NativeStorage Storage, long Offset) Take(long bytes)
        {
            while (_chunk < _chunks.Count && _used + bytes > _chunks[_chunk].ByteCount)
                (_chunk, _used) = (_chunk + 1, 0);
            if (_chunk == _chunks.Count)
                _chunks.Add(NativeStorage.Allocate(Math.Max(bytes, Math.Max(FirstChunk, ReservedBytes))));
            var place = (_chunks[_chunk], _used);
            long taken = (bytes + Alignment - 1) / Alignment * Alignment;
            _used += taken;
            UsedBytes += taken;
            return place;
        }

        public void Clear()
        {
            // Several chunks mean that the arena was outgrown: one chunk of their sum serves the next time without a seam.
            if (_chunks.Count > 1)
            {
                long total = ReservedBytes;
                Free();
                _chunks.Add(NativeStorage.Allocate(total));
            }
            (_chunk, _used, UsedBytes) = (0, 0, 0);
        }

        public void Free()
        {
            foreach (var chunk in _chunks)
                chunk.Dispose();
            _chunks.Clear();
        }
    }
}
