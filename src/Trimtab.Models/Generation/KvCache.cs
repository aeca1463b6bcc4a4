using Trimtab.Tensors;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models.Generation;

/// <summary>
/// Keys and values of one sequence's past positions, for every layer, in memory that grows by doubling. It belongs to one sequence under one plan:
/// the fingerprint of the plan that filled it is checked on every use, so that states computed under another steer are never reused.
/// </summary>
public sealed class KvCache : IDisposable
{
    private readonly Layer[] _layers;
    private readonly int _initialCapacity;

    /// <summary>An empty cache for a model with <paramref name="layers"/> blocks, with room for <paramref name="capacity"/> positions before it first grows.</summary>
    public KvCache(int layers, int capacity = 256)
    {
        _initialCapacity = Math.Max(capacity, 1);
        _layers = new Layer[layers];
        for (int i = 0; i < layers; i++)
            _layers[i] = new Layer();
    }

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
            layer.RowCount = Length;
    }

    /// <summary>Adds the rows of one layer and returns all keys and values up to them.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, int firstPosition, Tensor keys, Tensor values) =>
        _layers[layer].Append(firstPosition, keys, values, _initialCapacity);

    /// <summary>
    /// Makes the positions of a finished pass part of the cache. After a pass that stopped early the upper layers lack them: they are left away, and computed again by
    /// the next pass.
    /// </summary>
    internal void Commit(int length)
    {
        foreach (var layer in _layers)
            if (layer.RowCount < length)
                return;
        Length = length;
    }

    private sealed class Layer : IDisposable
    {
        private NativeStorage? _keyStorage, _valueStorage;
        private Tensor? _keys, _values;

        public int RowCount { get; set; }

        public long ByteCount => (_keyStorage?.ByteCount ?? 0) + (_valueStorage?.ByteCount ?? 0);

        public (Tensor Keys, Tensor Values) Append(int first, Tensor keys, Tensor values, int initialCapacity)
        {
            if (first > RowCount)
                throw new InvalidOperationException($"KvCache: rows from position {first} were given to a layer that holds {RowCount}.");
            int end = first + keys.RowCount;
            if (_keys is null || end > _keys.RowCount)
                Grow(Math.Max(end, Math.Max(initialCapacity, 2 * (_keys?.RowCount ?? 0))), keys.Columns, values.Columns, first);
            keys.CopyTo(_keys!.Slice(first, keys.RowCount));
            values.CopyTo(_values!.Slice(first, values.RowCount));
            RowCount = end;
            return (_keys.Slice(0, end), _values.Slice(0, end));
        }

        public void Dispose()
        {
            _keyStorage?.Dispose();
            _valueStorage?.Dispose();
            (_keys, _values, RowCount) = (null, null, 0);
        }

        private void Grow(int capacity, int keyWidth, int valueWidth, int used)
        {
            (_keyStorage, _keys) = Moved(_keyStorage, _keys, capacity, keyWidth, used);
            (_valueStorage, _values) = Moved(_valueStorage, _values, capacity, valueWidth, used);
        }

        private static (NativeStorage, Tensor) Moved(NativeStorage? old, Tensor? oldRows, int capacity, int width, int used)
        {
            var storage = NativeStorage.Allocate((long)capacity * width * sizeof(float));
            var rows = Tensor.Over(storage, 0, new Shape(capacity, width), DType.F32);
            if (used > 0)
                oldRows!.Slice(0, used).CopyTo(rows.Slice(0, used));
            old?.Dispose();
            return (storage, rows);
        }
    }
}
