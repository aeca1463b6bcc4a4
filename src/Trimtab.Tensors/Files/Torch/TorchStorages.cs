using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>How a pickle names a storage: its key, its element type (null: bare bytes) and the elements it claims to have.</summary>
internal sealed class TorchStorageReference(string key, DType? type, long elements) : TorchValue
{
    public string Key => key;

    public DType? Type => type;

    public long Elements => elements;

    /// <summary>The bytes it claims; checked against the file before anything is read.</summary>
    public Int128 ByteCount => (Int128)elements * (type?.BlockBytes() ?? 1);

    public override string ToString() => $"storage '{key}'";
}

/// <summary>Where the bytes of storages lie: as entries of the zip archive, or one after the other behind the pickles of the older format.</summary>
internal sealed class TorchStorages(MappedStorage file)
{
    private readonly Dictionary<string, (TensorStorage Memory, long Offset, long Bytes)> _places = new(StringComparer.Ordinal);

    public string Path => file.Path;

    /// <summary>Says that a storage lies in the mapped file itself.</summary>
    public bool TryPlace(string key, long offset, long bytes) => _places.TryAdd(key, (file, offset, bytes));

    /// <summary>Says that a storage was unpacked.</summary>
    public void Place(string key, ManagedStorage unpacked) => _places.Add(key, (unpacked, 0, unpacked.ByteCount));

    public bool Contains(string key) => _places.ContainsKey(key);

    /// <summary>The bytes of a storage, whose size must be what the pickle says.</summary>
    public (TensorStorage Memory, long Offset, long Bytes) Find(TorchStorageReference reference)
    {
        if (!_places.TryGetValue(reference.Key, out var place))
            throw new TensorFileException(Path, $"storage '{reference.Key}'", "missing", "a tensor refers to it");
        if (reference.ByteCount != place.Bytes)
            throw new TensorFileException(Path, $"size of storage '{reference.Key}'", $"{reference.Elements} elements of {reference.Type?.ToString() ?? "one byte"}",
                $"the file holds {place.Bytes} bytes for it");
        return place;
    }
}
