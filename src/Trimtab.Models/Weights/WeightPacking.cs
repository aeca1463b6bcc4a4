using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Weights;

/// <summary>Packs the weights of one model for products and owns the packed copies, until the model is disposed of.</summary>
public sealed class WeightPacking : IDisposable
{
    private readonly List<PackedWeight> _packed = [];
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

    /// <summary>A packed copy of a weight.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal PackedWeight Pack(Tensor weight, bool inputMajor, Backend backend)
    {
        var packed = backend.Pack(weight, inputMajor);
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
