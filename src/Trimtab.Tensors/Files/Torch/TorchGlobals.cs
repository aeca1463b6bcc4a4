namespace Trimtab.Tensors.Files;

/// <summary>A callable of the allow-list: a function of ours that makes the value which torch would make.</summary>
internal sealed class TorchCallable(string name, Func<TorchValue[], TorchValue> call) : TorchValue
{
    public TorchValue Call(TorchValue[] arguments) => call(arguments);

    public override string ToString() => name;
}

/// <summary>A class of storages, which fixes the element type; null for bare bytes.</summary>
internal sealed class TorchStorageClass(string name, DType? type) : TorchValue
{
    public DType? Type => type;

    public override string ToString() => name;
}

/// <summary>The allow-list: every name that a pickle may mention, and what it stands for here.</summary>
internal sealed class TorchGlobals
{
    private static readonly Dictionary<string, DType> ElementTypes = new(StringComparer.Ordinal)
    {
        ["float32"] = DType.F32, ["float64"] = DType.F64, ["float16"] = DType.F16, ["bfloat16"] = DType.BF16, ["int64"] = DType.I64,
        ["int32"] = DType.I32, ["int16"] = DType.I16, ["int8"] = DType.I8, ["uint8"] = DType.U8, ["bool"] = DType.Bool,
    };

    private static readonly Dictionary<string, DType?> StorageClasses = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = DType.F32, ["torch.DoubleStorage"] = DType.F64, ["torch.HalfStorage"] = DType.F16, ["torch.BFloat16Storage"] = DType.BF16,
        ["torch.LongStorage"] = DType.I64, ["torch.IntStorage"] = DType.I32, ["torch.ShortStorage"] = DType.I16, ["torch.CharStorage"] = DType.I8,
        ["torch.ByteStorage"] = DType.U8, ["torch.BoolStorage"] = DType.Bool,
        ["torch.storage.UntypedStorage"] = null, ["torch.UntypedStorage"] = null,
    };

    private readonly string _path;
    private readonly Dictionary<string, TorchCallable> _callables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TorchStorageReference> _storages = new(StringComparer.Ordinal);

    public TorchGlobals(string path, TorchStorages storages)
    {
        _path = path;
        var rebuild = new TorchRebuild(path, storages, ElementTypes);
        Allow("torch._utils._rebuild_tensor", rebuild.Tensor);
        Allow("torch._utils._rebuild_tensor_v2", rebuild.TensorV2);
        Allow("torch._utils._rebuild_tensor_v3", rebuild.TensorV3);
        Allow("torch._utils._rebuild_parameter", rebuild.Parameter);
        Allow("collections.OrderedDict", rebuild.OrderedDictionary);
        Allow("torch.Size", rebuild.Size);
    }

    /// <summary>What a name stands for.</summary>
    /// <exception cref="TensorFileException">The name is not on the list; the message names it.</exception>
    public TorchValue Find(string module, string name, int position)
    {
        string full = $"{module}.{name}";
        if (_callables.TryGetValue(full, out var callable))
            return callable;
        if (StorageClasses.TryGetValue(full, out var type))
            return new TorchStorageClass(full, type);
        if (module == "torch" && ElementTypes.ContainsKey(name))
            return new TorchConstant(full);
        throw new TensorFileException(_path, $"the name at byte {position} of the pickle", full,
            "only tensors and plain containers are rebuilt; nothing in the file is ever executed. If the file is trusted, save its tensors as safetensors");
    }

    /// <summary>The storage that a persistent id names: ('storage', class, key, location, elements).</summary>
    public TorchStorageReference Storage(TorchValue id)
    {
        // An older writer adds a sixth item for storages that are views of others; None where it is not one.
        var items = id is TorchSequence { IsTuple: true } sequence ? sequence.Items.Take(7).ToArray() : [id];
        if (items is [TorchText { Value: "storage" }, TorchStorageClass kind, TorchText key, TorchText, TorchInteger { Value: >= 0 } elements, .. var rest]
            && rest is [] or [TorchNone])
            return Unique(new TorchStorageReference(key.Value, kind.Type, elements.Value));
        throw new TensorFileException(_path, "a persistent id", $"({string.Join<TorchValue>(", ", items)})",
            "expected ('storage', a storage class, key, location, number of elements)");
    }

    /// <summary>The storage of this key, where a tensor referred to it; else null.</summary>
    public TorchStorageReference? Named(string key) => _storages.GetValueOrDefault(key);

    /// <summary>Compares every storage that was referred to with what the file holds.</summary>
    public void CheckStorages(TorchStorages places)
    {
        foreach (var storage in _storages.Values)
            places.Find(storage);
    }

    private TorchStorageReference Unique(TorchStorageReference storage)
    {
        if (_storages.TryAdd(storage.Key, storage))
            return storage;
        var first = _storages[storage.Key];
        return first.Type == storage.Type && first.Elements == storage.Elements
            ? first
            : throw new TensorFileException(_path, $"{storage}", $"{storage.Elements} elements of {storage.Type}",
                $"elsewhere it has {first.Elements} of {first.Type}");
    }

    private void Allow(string name, Func<TorchValue[], TorchValue> call) => _callables.Add(name, new TorchCallable(name, call));
}
