using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Weights;

/// <summary>Packs the weights of one model for products and owns the packed copies, until the model is disposed of.</summary>
/// <param name="quantise">The element type that weights are converted to on the way; null keeps each as stored.</param>
public sealed class WeightPacking(DType? quantise = null) : IDisposable
{
    private readonly List<PackedWeight> _packed = [];
    private readonly List<KeptWeight> _kept = [];
    private int _convertedCount;
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>The bytes of all weights packed so far.</summary>
    public long ByteCount
    {
        get
        {
            lock (_lock)
                return _packed.Sum(weight => weight.ByteCount);
        }
    }

    /// <summary>What happens to the weights' precision on the way; null where nothing does.</summary>
    public QuantiseReport? Report => quantise is { } type ? new QuantiseReport { Type = type, ConvertedCount = _convertedCount, Kept = [.. _kept] } : null;

    /// <summary>The element type that a weight is to be packed in, decided and noted while a model is loaded; null for the stored one.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="inner">K, the size of a row that goes in.</param>
    /// <param name="isRouter">Whether its outputs decide which experts a token uses.</param>
    internal DType? TypeFor(string name, Tensor weight, int inner, bool isRouter)
    {
        if (quantise is not { } type || weight.DType == type)
            return null;
        string? reason = isRouter ? "it decides which experts a token uses"
            : inner % type.BlockElements() != 0 ? $"its rows of {inner} values are not whole blocks of {type}, which hold {type.BlockElements()}"
            : null;
        if (reason is null)
            _convertedCount++;
        else
            _kept.Add(new KeptWeight(name, weight.DType, reason));
        return reason is null ? type : null;
    }

    /// <summary>A packed copy of a weight, in an element type that <see cref="TypeFor"/> gave.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="TensorException">A value cannot be held by the element type.</exception>
    internal PackedWeight Pack(Tensor weight, bool inputMajor, DType? type, Backend backend)
    {
        var packed = backend.Pack(weight, inputMajor, type);
        lock (_lock)
        {
            if (!_disposed)
            {
                _packed.Add(packed);
                return packed;
            }
        }
        packed.Dispose();
        throw new ObjectDisposedException(nameof(LoadedModel), "The model was disposed while a pass ran.");
    }

    /// <summary>Gives the memory of the packed weights back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var weight in _packed)
                weight.Dispose();
            _packed.Clear();
        }
    }
}
