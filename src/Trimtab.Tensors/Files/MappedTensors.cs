using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The tensors of one mapped file: hands out views, and owns the aligned copies of the few tensors whose place in the file is not aligned to their
/// elements. Entries are trusted to lie inside the file; the readers of the formats check that.
/// </summary>
internal sealed class MappedTensors : IDisposable
{
    private readonly MappedStorage _file;
    private readonly Dictionary<string, TensorEntry> _entries;
    private readonly Dictionary<string, (NativeStorage Memory, Tensor Tensor)> _copies = [];

    public MappedTensors(MappedStorage file, IReadOnlyList<TensorEntry> entries)
    {
        _file = file;
        Entries = entries;
        _entries = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<TensorEntry> Entries { get; }

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>A view of the tensor's bytes, or its one aligned copy.</summary>
    public Tensor Get(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
            throw new TensorFileException(_file.Path, "the tensor asked for", $"'{name}'", $"the file holds {Entries.Count} tensors, but none of this name");
        var (shape, type) = entry.Usable(_file.Path);
        return entry.Offset % Alignment(type) == 0 ? Tensor.Over(_file, entry.Offset, shape, type) : Copy(entry, shape, type);
    }

    public void Dispose()
    {
        lock (_copies)
        {
            foreach (var (memory, _) in _copies.Values)
                memory.Dispose();
            _copies.Clear();
        }
        _file.Dispose();
    }

    // Block types are read byte by byte, or as halves at even offsets.
    private static int Alignment(DType type) => type.IsQuantised() ? 2 : type.BlockBytes();

    private Tensor Copy(TensorEntry entry, Shape shape, DType type)
    {
        lock (_copies)
        {
            if (_copies.TryGetValue(entry.Name, out var made))
                return made.Tensor;
            var memory = NativeStorage.Allocate(entry.ByteCount);
            const int Piece = 1 << 30;
            for (long at = 0; at < entry.ByteCount; at += Piece)
            {
                int count = (int)Math.Min(Piece, entry.ByteCount - at);
                _file.Span<byte>(entry.Offset + at, count).CopyTo(memory.Span<byte>(at, count));
            }
            var tensor = Tensor.Over(memory, 0, shape, type);
            _copies.Add(entry.Name, (memory, tensor));
            return tensor;
        }
    }
}
