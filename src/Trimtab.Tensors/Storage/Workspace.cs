using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Storage;

/// <summary>
/// The arena of one request: every intermediate of a forward pass is carved from it, and all of them vanish together at <see cref="Reset"/>. Its
/// memory is kept for the next pass, so decoding allocates none. Not thread-safe: one workspace serves one pass at a time.
/// </summary>
public sealed class Workspace : IDisposable
{
    private const long Alignment = 64;
    private const long FirstChunk = 1 << 20;

    private readonly List<NativeStorage> _chunks = [];
    private int _chunk;
    private bool _disposed;
    private long _used;

    /// <summary>An empty arena whose tensors are computed by <paramref name="backend"/> (the processor, where none is given).</summary>
    public Workspace(Backend? backend = null) => Backend = backend ?? CpuBackend.Shared;

    /// <summary>What computes on tensors of this workspace.</summary>
    public Backend Backend { get; }

    /// <summary>Counts the resets. A tensor remembers the generation it was made in and refuses to be read in a later one.</summary>
    public int Generation { get; private set; }

    /// <summary>The bytes that the arena holds from the operating system.</summary>
    public long ReservedBytes => _chunks.Sum(c => c.ByteCount);

    /// <summary>A tensor with undefined contents that lives until the next <see cref="Reset"/>.</summary>
    /// <exception cref="ObjectDisposedException">The workspace was disposed.</exception>
    public Tensor Allocate(in Shape shape, DType type = DType.F32)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long bytes = type.ByteCount(shape.Count);
        while (_chunk < _chunks.Count && _used + bytes > _chunks[_chunk].ByteCount)
            NextChunk();
        if (_chunk == _chunks.Count)
            _chunks.Add(NativeStorage.Allocate(Math.Max(bytes, Math.Max(FirstChunk, ReservedBytes))));
        var tensor = new Tensor(_chunks[_chunk], _used, shape, type, this);
        _used += (bytes + Alignment - 1) / Alignment * Alignment;
        return tensor;
    }

    /// <summary>Ends the life of every tensor of this workspace and makes the memory free for the next pass.</summary>
    public void Reset()
    {
        // Several chunks mean that the last pass outgrew the arena: one chunk of their sum serves the next pass without a seam.
        if (_chunks.Count > 1)
        {
            long total = ReservedBytes;
            Free();
            _chunks.Add(NativeStorage.Allocate(total));
        }
        (_chunk, _used) = (0, 0);
        Generation++;
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        _disposed = true;
        Free();
        Generation++;
    }

    private void NextChunk() => (_chunk, _used) = (_chunk + 1, 0);

    private void Free()
    {
        foreach (var chunk in _chunks)
            chunk.Dispose();
        _chunks.Clear();
    }
}
