using System.Text.Json;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The index of a sharded checkpoint (<c>model.safetensors.index.json</c>): which shard holds which tensor. The file has no limit of its own, so one is
/// set here that the largest published models do not come near.
/// </summary>
internal sealed class ShardIndex
{
    private const long LongestIndex = 256L << 20;

    private readonly string _path;
    private readonly Dictionary<string, string> _shardOf = new(StringComparer.Ordinal);

    private ShardIndex(string path) => _path = path;

    /// <summary>The shard of every tensor, in the order of the file.</summary>
    public IReadOnlyDictionary<string, string> ShardOf => _shardOf;

    public static ShardIndex Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > LongestIndex)
            throw new TensorFileException(path, "the file's size", length, $"an index has at most {LongestIndex} bytes");
        var index = new ShardIndex(path);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            index.Read(json.RootElement);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException and not TensorException)
        {
            throw new TensorFileException(path, "content", cause.Message, "expected a JSON object with the object weight_map", cause);
        }
        return index;
    }

    private void Read(JsonElement root)
    {
        Require(root, "content", JsonValueKind.Object, "an object");
        foreach (var property in root.EnumerateObject())
            if (property.Name is not ("metadata" or "weight_map"))
                throw new TensorFileException(_path, $"key '{property.Name}'", "unknown", "expected metadata and weight_map");
        if (!root.TryGetProperty("weight_map", out var map))
            throw new TensorFileException(_path, "weight_map", "missing", "expected an object from tensor to shard");
        Require(map, "weight_map", JsonValueKind.Object, "an object from tensor to shard");
        foreach (var pair in map.EnumerateObject())
        {
            Require(pair.Value, $"weight_map['{pair.Name}']", JsonValueKind.String, "the name of a shard");
            _shardOf.Add(pair.Name, PlainName(pair.Name, pair.Value.GetString()!));
        }
    }

    // A shard lies beside its index. Anything that could lead elsewhere is refused: separators of both kinds, drive letters, dots.
    private string PlainName(string tensor, string shard)
    {
        if (shard is "" or "." or ".." || shard.AsSpan().ContainsAny("/\\:\0"))
            throw new TensorFileException(_path, $"weight_map['{tensor}']", $"'{shard}'", "expected the plain name of a file in the same folder");
        return shard;
    }

    private void Require(JsonElement element, string field, JsonValueKind kind, string expected)
    {
        if (element.ValueKind != kind)
            throw new TensorFileException(_path, field, element.ValueKind, $"expected {expected}");
    }
}
