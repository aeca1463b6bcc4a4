using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// A file of torch.save (.pt, .pth, .bin): the zip format and the older one. Its pickle is read by a machine that knows tensors and plain containers
/// and nothing else: a file that wants anything else called is refused, by name. The file is mapped; tensors are views where they are stored row-major.
/// </summary>
public sealed class TorchFile : ITensorSource
{
    private readonly string _path;
    private readonly MappedStorage _file;
    private readonly TorchTree _tree;

    private TorchFile(string path, MappedStorage file)
    {
        (_path, _file, _tree) = (path, file, new TorchTree(path));
        Root = TorchLegacy.Recognise(file) ? TorchLegacy.Read(file) : TorchArchive.Read(file);
        _tree.Visit(Root);
    }

    /// <summary>The value that was saved.</summary>
    public TorchValue Root { get; }

    /// <summary>
    /// The tensors of the value, in its order. A tensor is named by its keys and indices joined by dots: those of a state dictionary have its names. The
    /// name of a file that is one bare tensor is empty.
    /// </summary>
    public IReadOnlyList<string> Names => _tree.Names;

    /// <inheritdoc/>
    public string Describe => $"{Path.GetFileName(_path)}: torch file, {Names.Count} tensors";

    /// <inheritdoc/>
    /// <remarks>A tensor that is not stored row-major and aligned is copied by every call.</remarks>
    public Tensor this[string name] => _tree.Tensors.TryGetValue(name, out var tensor)
        ? tensor.Open()
        : throw new TensorFileException(_path, "the tensor asked for", $"'{name}'", $"the file holds {Names.Count} tensors, but none of this name");

    /// <summary>Maps a file and reads its pickle; the tensors' values are not read.</summary>
    /// <exception cref="TensorFileException">
    /// The file is truncated or damaged, a tensor reaches beyond its storage, or the pickle calls something other than the functions that rebuild tensors.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TorchFile Load(string path) => FileMapping.Open(path, file => new TorchFile(path, file));

    /// <inheritdoc/>
    public bool Contains(string name) => _tree.Tensors.ContainsKey(name);

    /// <summary>Unmaps the file; its tensors throw from then on.</summary>
    public void Dispose() => _file.Dispose();
}
