namespace Trimtab.Tensors.Files;

/// <summary>
/// All weights of a model folder as one source: a single file, or the shards that its index names. Every tensor of every shard must be in the index, and
/// every tensor of the index in its shard.
/// </summary>
public sealed class TensorFileSet : ITensorSource
{
    private readonly string _path;
    private readonly List<ITensorSource> _parts = [];
    private readonly Dictionary<string, ITensorSource> _sourceOf = new(StringComparer.Ordinal);

    private TensorFileSet(string path) => _path = path;

    /// <summary>The names, in the order of the index; of a single file, in its order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>How many files the weights lie in.</summary>
    public int FileCount => _parts.Count;

    /// <inheritdoc/>
    public string Describe => _parts.Count == 1 ? _parts[0].Describe : $"{Path.GetFileName(_path)}: {_parts.Count} shards, {Names.Count} tensors";

    /// <inheritdoc/>
    public Tensor this[string name] => _sourceOf.TryGetValue(name, out var source)
        ? source[name]
        : throw new TensorFileException(_path, "the tensor asked for", $"'{name}'", $"there are {Names.Count} tensors, but none of this name");

    /// <summary>
    /// Opens a model folder (<c>model.safetensors</c>, else its index, else <c>pytorch_model.bin</c>, else its index), or one file by its extension:
    /// .safetensors, .gguf, .npz, .bin, .pt, .pth or .index.json.
    /// </summary>
    /// <exception cref="TensorFileException">No weights were found, or a file of them is damaged, missing, or contradicts the index.</exception>
    public static TensorFileSet Open(string path)
    {
        string file = Directory.Exists(path) ? WeightsOf(path) : path;
        var set = new TensorFileSet(file);
        try
        {
            if (file.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase))
                set.AddShards(ShardIndex.Read(file));
            else
                set.AddSingle(OpenFile(file));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _sourceOf.ContainsKey(name);

    /// <summary>Closes every file; their tensors throw from then on.</summary>
    public void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
    }

    private static string WeightsOf(string folder)
    {
        string[] candidates = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];
        return candidates.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new TensorFileException(folder, "the folder's weights", "missing", $"expected one of {string.Join(", ", candidates)}");
    }

    private static ITensorSource OpenFile(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".SAFETENSORS" => SafetensorsFile.Open(path),
        ".GGUF" => GgufFile.Open(path),
        ".NPZ" => NpzFile.Open(path),
        ".BIN" or ".PT" or ".PTH" => TorchFile.Load(path),
        var other => throw new TensorFileException(path, "the extension", $"'{other}'", "expected .safetensors, .gguf, .npz, .bin, .pt, .pth or .index.json"),
    };

    private void AddSingle(ITensorSource source)
    {
        _parts.Add(source);
        Names = source.Names;
        foreach (string name in Names)
            _sourceOf.Add(name, source);
    }

    private void AddShards(ShardIndex index)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(_path))!;
        foreach (string shard in index.ShardOf.Values.Distinct(StringComparer.Ordinal))
            AddShard(index, shard, Path.Combine(folder, shard));
        foreach (var (name, shard) in index.ShardOf)
            if (!_sourceOf.ContainsKey(name))
                throw new TensorFileException(_path, $"weight_map['{name}']", shard, "that shard has no such tensor");
        Names = [.. index.ShardOf.Keys];
    }

    private void AddShard(ShardIndex index, string shard, string path)
    {
        if (!File.Exists(path))
            throw new TensorFileException(_path, "weight_map", shard, "there is no such file beside the index; the download is incomplete");
        var source = OpenFile(path);
        _parts.Add(source);
        foreach (string name in source.Names)
        {
            if (!index.ShardOf.TryGetValue(name, out string? expected))
                throw new TensorFileException(path, $"tensor '{name}'", "not in the index", $"{Path.GetFileName(_path)} must list every tensor of its shards");
            if (expected != shard)
                throw new TensorFileException(path, $"tensor '{name}'", $"in {shard}", $"{Path.GetFileName(_path)} says it is in {expected}");
            _sourceOf.Add(name, source);
        }
    }
}
