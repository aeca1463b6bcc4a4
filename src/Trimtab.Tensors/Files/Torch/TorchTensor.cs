namespace Trimtab.Tensors.Files;

/// <summary>A tensor of a torch file: a view by strides into a storage that it may share with others.</summary>
public sealed class TorchTensor : TorchValue
{
    // An expanded tensor (stride 0) takes more memory than the file has for it; beyond this it is a claim, not data.
    private const long MostExpandedBytes = 64 << 20;

    private readonly TorchStorages _storages;
    private readonly StridedView _view;

    internal TorchTensor(TorchStorages storages, TorchStorageReference storage, StridedView view) => (_storages, Storage, _view) = (storages, storage, view);

    /// <summary>The sizes of its axes, outermost first.</summary>
    public IReadOnlyList<long> Sizes => _view.Sizes;

    /// <summary>The element type.</summary>
    public DType DType => _view.Type;

    internal TorchStorageReference Storage { get; }

    /// <summary>
    /// The tensor, row-major: a view into the mapped file where it is stored so and aligned, otherwise a copy made by each call.
    /// </summary>
    /// <exception cref="TensorFileException">It has more than four axes, or its copy would be absurdly large.</exception>
    public Tensor Open()
    {
        var entry = new TensorEntry(Storage.Key, DType.ToString(), DType, Sizes, 0, 0);
        var (shape, type) = entry.Usable(_storages.Path);
        var (memory, offset, bytes) = _storages.Find(Storage);
        long size = type.BlockBytes(), start = offset + _view.Offset * size;
        if (_view.IsContiguous && start % size == 0)
            return Tensor.Over(memory, start, shape, type);
        Int128 copied = (Int128)TensorEntry.CountElements(Sizes) * size;
        if (copied > Array.MaxLength || copied > Math.Max(MostExpandedBytes, bytes))
            throw new TensorFileException(_storages.Path, $"size of a tensor in storage '{Storage.Key}'", this,
                $"its copy would take {copied} bytes, and the storage holds {bytes}");
        return _view.Copy(memory, offset, shape);
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", Sizes)}] {DType}";
}
