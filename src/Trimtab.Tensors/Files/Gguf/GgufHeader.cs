using System.Numerics;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// Parses and checks everything of a GGUF file that is not tensor data: magic and version, metadata, and the directory of tensors, whose places must be
/// aligned, inside the file and free of overlaps.
/// </summary>
internal sealed class GgufHeader
{
    public const string AlignmentKey = "general.alignment";
    public const int DefaultAlignment = 32;

    private const uint Magic = 0x46554747; // "GGUF"
    private const int LongestKey = 65535;
    private const int MostAxes = 4;
    private const int LeastPairBytes = 8 + 4 + 1;
    private const int LeastEntryBytes = 8 + 4 + 4 + 8;

    private readonly FileReader _reader;
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly List<TensorEntry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private GgufHeader(MappedStorage file) => _reader = new FileReader(file);

    public uint Version { get; private set; }

    public IReadOnlyDictionary<string, object> Metadata => _metadata;

    /// <summary>The tensors, in the order of the directory.</summary>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    public static GgufHeader Read(MappedStorage file)
    {
        var header = new GgufHeader(file);
        header.Read();
        return header;
    }

    private void Read()
    {
        ReadVersion();
        long tensors = _reader.ReadCount("tensor count", LeastEntryBytes);
        long pairs = _reader.ReadCount("metadata count", LeastPairBytes);
        var values = new GgufValueReader(_reader);
        for (long i = 0; i < pairs; i++)
            ReadPair(values, i);
        int alignment = Alignment();
        for (long i = 0; i < tensors; i++)
            ReadEntry(i, alignment);
        PlaceEntries((_reader.Position + alignment - 1) / alignment * alignment);
        CheckOverlaps();
    }

    private void ReadVersion()
    {
        uint magic = _reader.ReadUInt32("magic number");
        if (magic != Magic)
            throw _reader.Wrong("magic number", $"0x{magic:X8}", "expected the letters GGUF; this is not a GGUF file");
        Version = _reader.ReadUInt32("version");
        if ((Version & 0xFFFF) == 0 && Version != 0)
            throw _reader.Wrong("version", $"0x{Version:X8}", "the file is big-endian; only little-endian files are read");
        if (Version is not (2 or 3))
            throw _reader.Wrong("version", Version, "versions 2 and 3 are read; convert the file anew");
    }

    private void ReadPair(GgufValueReader values, long index)
    {
        string key = _reader.ReadText($"metadata key {index}", LongestKey);
        if (key.Length == 0)
            throw _reader.Wrong($"metadata key {index}", "empty", "expected a name");
        if (!_metadata.TryAdd(key, values.Read($"metadata '{key}'")))
            throw _reader.Wrong($"metadata '{key}'", "given twice", "expected every key once");
    }

    private int Alignment()
    {
        if (!_metadata.TryGetValue(AlignmentKey, out object? value))
            return DefaultAlignment;
        if (value is uint alignment and > 0 and <= 1 << 20 && BitOperations.IsPow2(alignment))
            return (int)alignment;
        throw _reader.Wrong(AlignmentKey, value, "expected a power of two up to 2²⁰, stored as uint32");
    }

    private void ReadEntry(long index, int alignment)
    {
        string name = _reader.ReadText($"name of tensor {index}", LongestKey);
        if (!_names.Add(name))
            throw _reader.Wrong($"tensor '{name}'", "given twice", "expected every name once");
        uint axes = _reader.ReadUInt32($"number of axes of tensor '{name}'");
        if (axes > MostAxes)
            throw _reader.Wrong($"number of axes of tensor '{name}'", axes, $"GGUF allows at most {MostAxes}");
        long[] shape = ReadShape(name, (int)axes);
        var (typeName, blockElements, blockBytes, type) = GgmlType.Find(_reader.ReadUInt32($"type of tensor '{name}'"));
        ulong offset = _reader.ReadUInt64($"offset of tensor '{name}'");
        if (offset % (uint)alignment != 0)
            throw _reader.Wrong($"offset of tensor '{name}'", offset, $"expected a multiple of {AlignmentKey}, {alignment}");
        if (offset > (ulong)_reader.Length)
            throw _reader.Wrong($"offset of tensor '{name}'", offset, $"the file has {_reader.Length} bytes; it was truncated or its header lies");
        long count = TensorEntry.CountElements(shape);
        long last = axes == 0 ? 1 : shape[^1];
        // A count that overflows, or would overflow as bytes, cannot be true of any file.
        if (count < 0 || count > long.MaxValue / 8 || last % blockElements != 0)
            throw _reader.Wrong($"shape of tensor '{name}'", $"[{string.Join(", ", shape)}] {typeName}",
                count >= 0 && last % blockElements != 0 ? $"rows of {typeName} are whole blocks of {blockElements}" : "that is more than any file holds");
        _entries.Add(new TensorEntry(name, typeName, type, shape, (long)offset, blockBytes == 0 ? -1 : count / blockElements * blockBytes));
    }

    // GGUF gives the axis that is contiguous first; here, as in every other format, it is last.
    private long[] ReadShape(string name, int axes)
    {
        var shape = new long[axes];
        for (int axis = axes - 1; axis >= 0; axis--)
        {
            ulong size = _reader.ReadUInt64($"size of an axis of tensor '{name}'");
            if (size > long.MaxValue)
                throw _reader.Wrong($"size of an axis of tensor '{name}'", size, "that is more than any file holds");
            shape[axis] = (long)size;
        }
        return shape;
    }

    private void PlaceEntries(long dataStart)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i] with { Offset = dataStart + _entries[i].Offset };
            if (entry.Offset > _reader.Length - Math.Max(entry.ByteCount, 0))
                throw _reader.Wrong($"tensor '{entry.Name}'", $"{entry} at offset {entry.Offset}",
                    $"it ends beyond the file's {_reader.Length} bytes; the file was truncated or its header lies");
            _entries[i] = entry;
        }
    }

    private void CheckOverlaps()
    {
        TensorEntry? before = null;
        foreach (var entry in _entries.Where(e => e.ByteCount > 0).OrderBy(e => e.Offset))
        {
            if (before is not null && entry.Offset < before.Offset + before.ByteCount)
                throw _reader.Wrong($"offset of tensor '{entry.Name}'", entry.Offset,
                    $"it overlaps tensor '{before.Name}', which ends at {before.Offset + before.ByteCount}");
            before = entry;
        }
    }
}
