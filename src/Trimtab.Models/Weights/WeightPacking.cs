using Trimtab.Models.Layers;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Weights;

/// <summary>Packs the weights of one model for products and owns the packed copies, until the model is disposed of.</summary>
/// <param name="quantise">The element type that weights are converted to on the way; null keeps each as stored.</param>
public sealed class WeightPacking(DType? quantise = null) : IDisposable
{
    private readonly Dictionary<LayerName, PackedWeight> _packed = [];
    private readonly Dictionary<string, KeptWeight> _kept = [];
    private readonly HashSet<string> _converted = [];
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>The bytes of all weights packed so far.</summary>
    public long ByteCount
    {
        get
        {
            lock (_lock)
                return _packed.Values.Sum(weight => weight.ByteCount);
        }
    }

    /// <summary>What happens to the weights' precision on the way; null where nothing does.</summary>
    public QuantiseReport? Report => quantise is { } type ? new QuantiseReport { Type = type, ConvertedCount = _converted.Count, Kept = [.. _kept.Values] } : null;

    /// <summary>Decides and notes, while a model is loaded, whether a weight is converted when it is packed.</summary>
    /// <param name="name">The layer's name in the checkpoint.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="inner">K, the size of a row that goes in.</param>
    /// <param name="isRouter">Whether its outputs decide which experts a token uses.</param>
    internal void Decide(string name, Tensor weight, int inner, bool isRouter)
    {
        if (quantise is not { } type || weight.DType == type)
            return;
        string? reason = isRouter ? "it decides which experts a token uses"
            : inner % type.BlockElements() != 0 ? $"its rows of {inner} values are not whole blocks of {type}, which hold {type.BlockElements()}"
            : null;
        lock (_lock)
        {
            if (reason is null)
                _converted.Add(name);
            else
                _kept[name] = new KeptWeight($"{name}.weight", weight.DType, reason);
        }
    }

    /// <summary>The packed copy of a weight, made by the first that asks for it, in the element type that <see cref="Decide"/> chose.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="TensorException">A value cannot be held by the element type.</exception>
    internal PackedWeight Pack(LayerName name, Tensor weight, bool inputMajor, Backend backend)
    {
        lock (_lock)
        {
            if (_disposed)
                throw new ObjectDisposedException(nameof(LoadedModel), "The model was disposed while a pass ran.");
            if (!_packed.TryGetValue(name, out var packed))
                _packed.Add(name, packed = backend.Pack(weight, inputMajor, _converted.Contains(name.Name) ? quantise : null));
            return packed;
        }
    }

    /// <summary>Gives the memory of the packed weights back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var weight in _packed.Values)
                weight.Dispose();
            _packed.Clear();
        }
    }
}
