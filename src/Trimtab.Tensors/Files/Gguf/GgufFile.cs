namespace Trimtab.Tensors.Files;

/// <summary>
/// A GGUF file (version 2 or 3, little-endian), memory-mapped: opening reads metadata and directory, tensors are views into the file. A file that was
/// split into numbered parts opens through its first part, as one.
/// </summary>
public sealed class GgufFile : ITensorSource
{
    private readonly string _path;
    private readonly List<MappedTensors> _parts = [];
    private readonly Dictionary<string, MappedTensors> _partOf = new(StringComparer.Ordinal);
    private readonly List<TensorEntry> _entries = [];

    private GgufFile(string path, uint version, IReadOnlyDictionary<string, object> metadata) => (_path, Version, Metadata) = (path, version, metadata);

    /// <summary>The version of the format, 2 or 3.</summary>
    public uint Version { get; }

    /// <summary>
    /// The metadata: byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool and string as GGUF types them; arrays as arrays of these,
    /// arrays of arrays as object[]. Of a split file, that of its first part.
    /// </summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>The names of the tensors, in the order of the directory.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Type, shape and place of every tensor, in the order of the directory; includes those of types that cannot be opened.</summary>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    /// <inheritdoc/>
    public string Describe => $"{Path.GetFileName(_path)}: GGUF version {Version}, {_parts.Count} {(_parts.Count == 1 ? "file" : "files")}, {Names.Count} tensors";

    /// <inheritdoc/>
    /// <remarks>Shapes are row-major: GGUF's first axis, the contiguous one, is the last here.</remarks>
    public Tensor this[string name] => _partOf.TryGetValue(name, out var part)
        ? part.Get(name)
        : throw new TensorFileException(_path, "the tensor asked for", $"'{name}'", $"the file holds {Names.Count} tensors, but none of this name");

    /// <summary>Maps a file, and the other parts if it is the first of several, and checks metadata and directory.</summary>
    /// <exception cref="TensorFileException">The file is truncated, lies about its contents, is big-endian or not GGUF; or a part is missing.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static GgufFile Open(string path)
    {
        GgufFile? gguf = null;
        try
        {
            gguf = FileMapping.Open(path, file =>
            {
                var header = GgufHeader.Read(file);
                var opened = new GgufFile(path, header.Version, header.Metadata);
                opened.Add(path, new MappedTensors(file, header.Entries));
                return opened;
            });
            foreach (string part in GgufParts.Others(path, gguf.Metadata))
                gguf.AddPart(part);
            GgufParts.CheckTotal(path, gguf.Metadata, gguf._entries.Count);
            gguf.Names = [.. gguf._entries.Select(e => e.Name)];
            return gguf;
        }
        catch
        {
            gguf?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _partOf.ContainsKey(name);

    /// <summary>Unmaps the file; its tensors throw from then on.</summary>
    public void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
    }

    private void AddPart(string path) => Add(path, FileMapping.Open(path, file =>
    {
        var header = GgufHeader.Read(file);
        GgufParts.CheckNumber(path, header.Metadata, _parts.Count);
        return new MappedTensors(file, header.Entries);
    }));

    private void Add(string path, MappedTensors part)
    {
        _parts.Add(part);
        foreach (var entry in part.Entries)
            if (!_partOf.TryAdd(entry.Name, part))
                throw new TensorFileException(path, $"tensor '{entry.Name}'", "given twice", "an earlier part of the split file holds it already");
        _entries.AddRange(part.Entries);
    }
}
