namespace Trimtab.Tensors.Files;

/// <summary>
/// A safetensors file, memory-mapped: opening reads only the header, and a tensor's pages are read when it is first used. A tensor is a view into the
/// file; only one whose offset is not aligned to its elements is copied, once.
/// </summary>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly MappedTensors _tensors;
    private readonly string _path;

    private SafetensorsFile(string path, MappedTensors tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (_path, _tensors, Metadata) = (path, tensors, metadata);
        Names = [.. tensors.Entries.Select(e => e.Name)];
    }

    /// <summary>The names of the tensors, in the order of their data.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Type, shape and place of every tensor, in the order of their data; includes those of types that cannot be opened.</summary>
    public IReadOnlyList<TensorEntry> Entries => _tensors.Entries;

    /// <summary>The file's own key–value pairs (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public string Describe => $"{Path.GetFileName(_path)}: safetensors, {Names.Count} tensors";

    /// <inheritdoc/>
    public Tensor this[string name] => _tensors.Get(name);

    /// <summary>Maps a file and checks its whole header; the tensors' values are not read.</summary>
    /// <exception cref="TensorFileException">The file is truncated, lies about its contents or is not safetensors.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static SafetensorsFile Open(string path) => FileMapping.Open(path, file =>
    {
        var header = SafetensorsHeader.Read(file);
        return new SafetensorsFile(path, new MappedTensors(file, header.Entries), header.Metadata);
    });

    /// <summary>
    /// Writes a file, first under a temporary name beside it and then renamed, so that no reader ever sees a part. The tensors are stored by falling
    /// element size, otherwise in the order given: so each of them is aligned.
    /// </summary>
    /// <exception cref="TensorException">A name is given twice or reserved, or a tensor is of a block type, which the format does not have.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, tensors, metadata);

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.Contains(name);

    /// <summary>Unmaps the file; its tensors throw from then on.</summary>
    public void Dispose() => _tensors.Dispose();
}
