using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// A numpy archive (.npz): a zip of .npy arrays, stored or deflated. Opening reads the headers of all arrays; an array's checksum is verified when it is
/// first asked for. Row-major arrays that are stored are views where their place in the archive is aligned, all others are copied once.
/// </summary>
public sealed class NpzFile : ITensorSource
{
    private const string Suffix = ".npy";

    private readonly string _path;
    private readonly MappedStorage _file;
    private readonly ZipDirectory _zip;
    private readonly Dictionary<string, (ZipEntry Zip, NpyHeader Header)> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    private NpzFile(string path, MappedStorage file)
    {
        (_path, _file) = (path, file);
        _zip = ZipDirectory.Read(file);
        foreach (var entry in _zip.Entries)
        {
            if (!entry.Name.EndsWith(Suffix, StringComparison.Ordinal))
                throw new TensorFileException(path, $"entry '{entry.Name}'", "not an array", $"every entry of a numpy archive ends in {Suffix}");
            string name = entry.Name[..^Suffix.Length];
            using var stream = _zip.Open(entry);
            _arrays.Add(name, (entry, NpyHeader.Read(stream, path, name, entry.ByteCount)));
        }
        Names = [.. _arrays.Keys];
    }

    /// <summary>The names of the arrays, without ".npy", in the order of the archive.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public string Describe => $"{Path.GetFileName(_path)}: numpy archive, {Names.Count} arrays";

    /// <inheritdoc/>
    public Tensor this[string name]
    {
        get
        {
            if (!_arrays.TryGetValue(name, out var array))
                throw new TensorFileException(_path, "the array asked for", $"'{name}'", $"the file holds {Names.Count} arrays, but none of this name");
            lock (_tensors)
            {
                if (!_tensors.TryGetValue(name, out var tensor))
                    _tensors.Add(name, tensor = Read(array.Zip, array.Header));
                return tensor;
            }
        }
    }

    /// <summary>Maps an archive and reads the headers of its arrays.</summary>
    /// <exception cref="TensorFileException">The file is truncated, damaged, a decompression bomb, or holds an array of another type.</exception>
    public static NpzFile Open(string path) => FileMapping.Open(path, file => new NpzFile(path, file));

    /// <inheritdoc/>
    public bool Contains(string name) => _arrays.ContainsKey(name);

    /// <summary>Unmaps the file; its tensors throw from then on.</summary>
    public void Dispose() => _file.Dispose();

    private Tensor Read(ZipEntry entry, NpyHeader header)
    {
        var (shape, type) = header.Entry.Usable(_path);
        if (entry.Deflated)
        {
            var unpacked = ManagedStorage.Of(_zip.ReadAll(entry, Array.MaxLength));
            _zip.CheckChecksum(entry, unpacked.Span<byte>(0, (int)unpacked.ByteCount));
            return NpyFile.Copy(header, unpacked, 0, _path);
        }
        _zip.CheckStoredChecksum(entry);
        long offset = entry.Offset + header.Entry.Offset;
        return header.ColumnMajor || offset % type.BlockBytes() != 0
            ? NpyFile.Copy(header, _file, entry.Offset, _path)
            : Tensor.Over(_file, offset, shape, type);
    }
}
