namespace Trimtab.Tensors.Files;

/// <summary>What the allowed callables do: check their arguments completely and make a value. An argument that would change numbers is refused.</summary>
internal sealed class TorchRebuild(string path, TorchStorages storages, IReadOnlyDictionary<string, DType> elementTypes)
{
    /// <summary>_rebuild_tensor(storage, offset, size, stride).</summary>
    public TorchValue Tensor(TorchValue[] arguments) => arguments is [TorchStorageReference storage, TorchInteger offset, var size, var stride]
        ? View(storage, storage.Type, offset.Value, size, stride)
        : throw Wrong("_rebuild_tensor", arguments, "(storage, offset, size, stride)");

    /// <summary>_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]).</summary>
    public TorchValue TensorV2(TorchValue[] arguments) =>
        arguments is [TorchStorageReference storage, TorchInteger offset, var size, var stride, TorchBool, var hooks, .. var rest]
        && IsEmpty(hooks) && rest.All(IsEmpty) && arguments.Length <= 7
            ? View(storage, storage.Type, offset.Value, size, stride)
            : throw Wrong("_rebuild_tensor_v2", arguments, "(storage, offset, size, stride, requires_grad, no hooks[, no metadata])");

    /// <summary>_rebuild_tensor_v3(untyped storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]).</summary>
    public TorchValue TensorV3(TorchValue[] arguments) =>
        arguments is [TorchStorageReference storage, TorchInteger offset, var size, var stride, TorchBool, var hooks, TorchConstant type, .. var rest]
        && IsEmpty(hooks) && rest.All(IsEmpty) && arguments.Length <= 8 && elementTypes.TryGetValue(type.Name["torch.".Length..], out var element)
            ? View(storage, element, offset.Value, size, stride)
            : throw Wrong("_rebuild_tensor_v3", arguments, "(storage, offset, size, stride, requires_grad, no hooks, dtype[, no metadata])");

    /// <summary>_rebuild_parameter(tensor, requires_grad, hooks): a parameter is its tensor.</summary>
    public TorchValue Parameter(TorchValue[] arguments) => arguments is [TorchTensor tensor, TorchBool, var hooks] && IsEmpty(hooks)
        ? tensor
        : throw Wrong("_rebuild_parameter", arguments, "(tensor, requires_grad, no hooks)");

    /// <summary>OrderedDict(): the pairs follow as items.</summary>
    public TorchValue OrderedDictionary(TorchValue[] arguments) => arguments is []
        ? new TorchDictionary(isOrdered: true)
        : throw Wrong("OrderedDict", arguments, "no arguments");

    /// <summary>torch.Size(tuple): a shape as a value.</summary>
    public TorchValue Size(TorchValue[] arguments) => arguments is [TorchSequence sizes]
        ? sizes
        : throw Wrong("torch.Size", arguments, "one tuple");

    private TorchTensor View(TorchStorageReference storage, DType? type, long offset, TorchValue size, TorchValue stride)
    {
        if (type is not { } element)
            throw new TensorFileException(path, $"element type of {storage}", "missing", "a tensor of a bare storage needs one");
        var (sizes, strides) = (Numbers(size), Numbers(stride));
        if (sizes is null || strides is null || sizes.Length != strides.Length || offset < 0)
            throw new TensorFileException(path, $"shape of a tensor in {storage}", $"offset {offset}, size {Show(size)}, stride {Show(stride)}",
                "expected an offset and two tuples of equal length of numbers from 0 on");
        var view = new StridedView(element, offset, sizes, strides);
        // Counted in bytes: a storage of bare bytes, or of another type, may carry any element type.
        if (view.EndElement * element.BlockBytes() > storage.ByteCount || TensorEntry.CountElements(sizes) < 0)
            throw new TensorFileException(path, $"shape of a tensor in {storage}", $"offset {offset}, size {Show(size)}, stride {Show(stride)}",
                $"it reaches beyond the {storage.Elements} elements of the storage");
        return new TorchTensor(storages, storage, view);
    }

    private static long[]? Numbers(TorchValue value) => value is TorchSequence { Items.Count: <= 64 } sequence && sequence.Items.All(i => i is TorchInteger { Value: >= 0 })
        ? [.. sequence.Items.Select(i => ((TorchInteger)i).Value)]
        : null;

    // Hooks and metadata (such as a pending conjugation or negation) would change what the tensor is.
    private static bool IsEmpty(TorchValue value) => value is TorchNone or TorchDictionary { Pairs.Count: 0 };

    private static string Show(TorchValue value) => value is TorchSequence sequence ? $"({string.Join(", ", sequence.Items.Take(8))})" : value.ToString()!;

    private TensorFileException Wrong(string callable, TorchValue[] arguments, string expected) =>
        new(path, $"arguments of {callable}", $"({string.Join(", ", arguments.Take(9))})", $"expected {expected}");
}
