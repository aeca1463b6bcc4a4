using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Ops;

/// <summary>
/// Keys and values of one attention layer at positions 0 … Count − 1, laid out as <see cref="Backend.Attention"/> reads them: in blocks of 64 positions, head by head, the keys
/// of 16 positions side by side as a panel of a matrix product, the values row by row. Grows by doubling. In F16 it takes half the memory: every number is rounded to
/// the nearest (ties to even) when it is written, and widened exactly when it is read.
/// </summary>
public sealed unsafe class KeyValueBlocks : IDisposable
{
    /// <summary>Positions of a block.</summary>
    internal const int BlockSize = 64;

    /// <summary>Positions whose keys lie side by side.</summary>
    internal const int PanelSize = 16;

    // From here on, rounding to F16 gives infinity.
    private const float BeyondHalf = 65520;

    private readonly int _elementBytes;
    private NativeStorage? _storage;
    private int _keyHeads, _keySize, _valueSize, _blocks;

    /// <summary>Room for no position yet.</summary>
    /// <param name="type">F32 or F16.</param>
    /// <exception cref="TensorException">Another element type.</exception>
    public KeyValueBlocks(DType type = DType.F32)
    {
        if (type is not (DType.F32 or DType.F16))
            throw new TensorException($"KeyValueBlocks: keys and values cannot be kept in {type}. Choose F32 or F16.");
        (Type, _elementBytes) = (type, type.BlockBytes());
    }

    /// <summary>The element type that keys and values are kept in.</summary>
    public DType Type { get; }

    /// <summary>How many positions are written.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes that it holds.</summary>
    public long ByteCount => _storage?.ByteCount ?? 0;

    /// <summary>Values of a head as they lie here: whole vectors.</summary>
    internal int PaddedValueSize => (_valueSize + PanelSize - 1) / PanelSize * PanelSize;

    /// <summary>The most singles that a block of one head's keys, or values, takes.</summary>
    internal int BlockSingles => BlockSize * Math.Max(_keySize, PaddedValueSize);

    private long HeadBytes => (long)BlockSize * (_keySize + PaddedValueSize) * _elementBytes;

    /// <summary>Writes the positions from <paramref name="first"/> on; what lay there, and all after them, is forgotten.</summary>
    /// <param name="first">0 … <see cref="Count"/>. At 0 the sizes of the heads may change.</param>
    /// <param name="keys">[n, Hk·E].</param>
    /// <param name="values">[n, Hk·Ev].</param>
    /// <param name="shape">The sizes of the layer's heads.</param>
    /// <param name="capacity">Room to make for this many positions, where there is less.</param>
    /// <exception cref="TensorException">The rows do not fit the shape or what is written already, or hold numbers that F16 cannot hold.</exception>
    public void Write(int first, Tensor keys, Tensor values, in AttentionShape shape, int capacity = 0)
    {
        if (keys.RowCount != values.RowCount || keys.Columns != shape.KeyHeads * shape.KeySize || values.Columns != shape.KeyHeads * shape.ValueSize)
            throw new TensorException($"KeyValueBlocks: keys {keys} and values {values} do not fit {shape.KeyHeads} heads of sizes {shape.KeySize} and {shape.ValueSize}.");
        if (first < 0 || first > Count)
            throw new TensorException($"KeyValueBlocks: positions from {first} on were given, but {Count} are written. Go on where they end, or before.");
        int end = first + keys.RowCount;
        Fit(first, Math.Max(end, capacity), shape);
        for (int row = 0; row < keys.RowCount; row++)
            Write(first + row, keys.Row(row), values.Row(row));
        Count = end;
    }

    /// <summary>Forgets all positions from <paramref name="count"/> on.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _storage?.Dispose();
        (_storage, _blocks, Count) = (null, 0, 0);
    }

    /// <summary>The keys of a block and head in single precision, four panels of [E, 16]: in place, or widened into <paramref name="scratch"/>.</summary>
    internal float* Keys(int block, int head, float* scratch) => Singles(Head(block, head), BlockSize * _keySize, scratch);

    /// <summary>The values of a block and head in single precision, [64, <see cref="PaddedValueSize"/>]: in place, or widened into <paramref name="scratch"/>.</summary>
    internal float* Values(int block, int head, float* scratch) =>
        Singles(Head(block, head) + (long)BlockSize * _keySize * _elementBytes, BlockSize * PaddedValueSize, scratch);

    private byte* Head(int block, int head) => _storage!.Pointer + ((long)block * _keyHeads + head) * HeadBytes;

    private float* Singles(byte* stored, int count, float* scratch)
    {
        if (Type == DType.F32)
            return (float*)stored;
        Widen((short*)stored, count, scratch);
        return scratch;
    }

    // A half's bits, its sign apart, in a single's places are its value times 2⁻¹¹², also where it is subnormal; there are no infinities here.
    private static void Widen(short* source, int count, float* target)
    {
        var (places, factor) = (Vector256.Create(unchecked((int)0x8FFF_E000)), Vector256.Create(5.192296858534828e33f));
        for (int i = 0; i < count; i += Vector256<float>.Count)
        {
            var bits = Vector256.WidenLower(Vector128.Load(source + i).ToVector256Unsafe()) << 13;
            ((bits & places).AsSingle() * factor).Store(target + i);
        }
    }

    private void Fit(int first, int positions, in AttentionShape shape)
    {
        if ((shape.KeyHeads, shape.KeySize, shape.ValueSize) != (_keyHeads, _keySize, _valueSize))
        {
            if (first > 0)
                throw new TensorException($"KeyValueBlocks: it holds {_keyHeads} heads of sizes {_keySize} and {_valueSize}, and {shape.KeyHeads} of {shape.KeySize} and {shape.ValueSize} were given.");
            Dispose();
            (_keyHeads, _keySize, _valueSize) = (shape.KeyHeads, shape.KeySize, shape.ValueSize);
        }
        int needed = (positions + BlockSize - 1) / BlockSize;
        if (needed <= _blocks)
            return;
        _blocks = Math.Max(needed, 2 * _blocks);
        var grown = NativeStorage.Allocate(_blocks * _keyHeads * HeadBytes);
        long used = (first + BlockSize - 1) / BlockSize * _keyHeads * HeadBytes;
        if (used > 0)
            Buffer.MemoryCopy(_storage!.Pointer, grown.Pointer, grown.ByteCount, used);
        _storage?.Dispose();
        _storage = grown;
    }

    private void Write(int position, ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        if (Type == DType.F32)
        {
            Place(position, keys, values);
            return;
        }
        if (!(Math.Max(MathF.Abs(TensorPrimitives.MaxMagnitude(keys)), MathF.Abs(TensorPrimitives.MaxMagnitude(values))) < BeyondHalf))
            throw new TensorException($"KeyValueBlocks: a key or value at position {position} is not a number or lies beyond ±65504, the range of F16. Keep them in F32.");
        using var buffer = ThreadBuffer.Rent(ScratchUse.Rows, (keys.Length + values.Length) * sizeof(Half));
        var halfKeys = new Span<Half>(buffer.Bytes, keys.Length);
        var halfValues = new Span<Half>((Half*)buffer.Bytes + keys.Length, values.Length);
        TensorPrimitives.ConvertToHalf(keys, halfKeys);
        TensorPrimitives.ConvertToHalf(values, halfValues);
        Place<Half>(position, halfKeys, halfValues);
    }

    private void Place<T>(int position, ReadOnlySpan<T> keys, ReadOnlySpan<T> values) where T : unmanaged
    {
        var (block, slot) = Math.DivRem(position, BlockSize);
        for (int head = 0; head < _keyHeads; head++)
        {
            T* stored = (T*)Head(block, head), panel = stored + slot / PanelSize * PanelSize * _keySize + slot % PanelSize;
            foreach (T key in keys.Slice(head * _keySize, _keySize))
            {
                *panel = key;
                panel += PanelSize;
            }
            var row = new Span<T>(stored + BlockSize * _keySize + slot * PaddedValueSize, PaddedValueSize);
            values.Slice(head * _valueSize, _valueSize).CopyTo(row);
            row[_valueSize..].Clear();
        }
    }
}
