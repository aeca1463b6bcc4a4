using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Generation;

/// <summary>
/// Keys and values of one sequence's past positions, for every layer, in memory that grows by doubling. It belongs to one sequence under one plan:
/// the fingerprint of the plan that filled it is checked on every use, so that states computed under another steer are never reused.
/// </summary>
public sealed class KvCache : IDisposable
{
    private readonly KeyValueBlocks[] _layers;
    private readonly int _initialCapacity;

    /// <summary>An empty cache for a model with <paramref name="layers"/> blocks, with room for <paramref name="capacity"/> positions before it first grows.</summary>
    /// <param name="layers">The blocks of the model.</param>
    /// <param name="capacity">Positions.</param>
    /// <param name="type">What keys and values are kept in: F32, or F16 for half the memory and slightly other results.</param>
    /// <exception cref="TensorException">Another element type.</exception>
    public KvCache(int layers, int capacity = 256, DType type = DType.F32)
    {
        (_initialCapacity, Type) = (Math.Max(capacity, 1), type);
        _layers = new KeyValueBlocks[layers];
        for (int i = 0; i < layers; i++)
            _layers[i] = new KeyValueBlocks(type);
    }

    /// <summary>The element type that keys and values are kept in.</summary>
    public DType Type { get; }

    /// <summary>How many positions are complete in every layer.</summary>
    public int Length { get; private set; }

    /// <summary>The fingerprint of the plan under which the cache was filled; null while it is empty, empty text for no plan.</summary>
    public string? Fingerprint { get; private set; }

    /// <summary>The length regime of the rotary embedding under which the cache was filled; see <see cref="Layers.RotaryEmbedding"/>.</summary>
    internal int Regime { get; private set; }

    /// <summary>The bytes that the cache holds.</summary>
    public long ByteCount => _layers.Sum(layer => layer.ByteCount);

    /// <summary>Forgets all positions from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
        if (length == 0)
            Fingerprint = null;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
        (Length, Fingerprint) = (0, null);
    }

    /// <summary>Checks that a pass may continue this cache, and notes under which plan and regime it goes on.</summary>
    internal void Begin(int layers, int firstPosition, string fingerprint, int regime)
    {
        if (layers != _layers.Length)
            throw new InvalidOperationException($"KvCache: it has room for {_layers.Length} layers, and the model has {layers}. Make a cache for this model.");
        if (firstPosition != Length)
            throw new InvalidOperationException($"KvCache: the pass starts at position {firstPosition}, but {Length} positions are cached. Continue where the cache ends, or truncate it.");
        if (Length > 0 && (Fingerprint != fingerprint || Regime != regime))
            throw new InvalidOperationException("KvCache: it was filled under another plan or another length regime of the rotary embedding. Start an empty cache.");
        (Fingerprint, Regime) = (fingerprint, regime);
        // A pass that failed or stopped early may have left rows behind that were never committed.
        foreach (var layer in _layers)
            layer.Truncate(Length);
    }

    /// <summary>Adds the rows of one layer and returns all its keys and values up to them.</summary>
    internal KeyValueBlocks Append(int layer, int firstPosition, Tensor keys, Tensor values, in AttentionShape shape)
    {
        _layers[layer].Write(firstPosition, keys, values, shape, _initialCapacity);
        return _layers[layer];
    }

    /// <summary>
    /// Makes the positions of a finished pass part of the cache. After a pass that stopped early the upper layers lack them: they are left away, and computed again by
    /// the next pass.
    /// </summary>
    internal void Commit(int length)
    {
        foreach (var layer in _layers)
            if (layer.Count < length)
                return;
        Length = length;
    }
}
