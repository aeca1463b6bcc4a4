using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors;

/// <summary>
/// A contiguous block of numbers with a shape: a view into a <see cref="TensorStorage"/>. Activations are F32; weights have any <see cref="DType"/> and
/// are accepted only by the operations that can decode it. A tensor made in a <see cref="Workspace"/> lives until its reset; <see cref="Keep"/>
/// copies it out. A tensor that was computed from trained values has a <see cref="Node"/>, through which gradients find their way back to them.
/// </summary>
public sealed class Tensor
{
    private readonly TensorStorage _storage;
    private readonly long _byteOffset;
    private readonly int _generation;

    internal Tensor(TensorStorage storage, long byteOffset, in Shape shape, DType type, Workspace? workspace = null)
    {
        (_storage, _byteOffset, Shape, DType, Workspace) = (storage, byteOffset, shape, type, workspace);
        _generation = workspace?.Generation ?? 0;
    }

    /// <summary>The sizes of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The arena this tensor lives in; null for tensors that outlive a pass.</summary>
    public Workspace? Workspace { get; }

    /// <summary>The operation that made this tensor, where something trained went into it; null for everything else.</summary>
    public Node? Node { get; private set; }

    /// <summary>The number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>The size of the last axis.</summary>
    public int Columns => Shape.Last;

    /// <summary>The number of rows: the product of all axes but the last.</summary>
    public int RowCount => checked((int)Shape.RowCount);

    /// <summary>The bytes that the elements take.</summary>
    public long ByteCount => DType.ByteCount(Count);

    /// <summary>All elements of an F32 tensor. Writing through it is for the code that made the tensor.</summary>
    /// <exception cref="TensorException">Not F32, more than 2³¹ elements, or the tensor's workspace was reset.</exception>
    public Span<float> Values
    {
        get
        {
            Require(DType.F32);
            return Live().Span<float>(_byteOffset, SpanLength());
        }
    }

    /// <summary>One row of an F32 tensor, counted over all axes but the last.</summary>
    public Span<float> Row(int row)
    {
        Require(DType.F32);
        RequireRow(row);
        int columns = Columns;
        return Live().Span<float>(_byteOffset + (long)row * columns * sizeof(float), columns);
    }

    /// <summary>The stored bytes of one row, whatever the element type. A row of a quantised tensor is whole blocks.</summary>
    public Span<byte> RowBytes(int row)
    {
        RequireRow(row);
        long bytes = DType.ByteCount(Columns);
        return Live().Span<byte>(_byteOffset + row * bytes, checked((int)bytes));
    }

    /// <summary>All elements as stored, for element types that have a .NET type of their own (F32, F64, F16 as Half, I64, I32, I16, I8, U8).</summary>
    /// <exception cref="TensorException">The size of T is not the element's.</exception>
    public unsafe ReadOnlySpan<T> As<T>() where T : unmanaged
    {
        if (DType.BlockElements() != 1 || DType.BlockBytes() != sizeof(T))
            throw new TensorException($"Tensor: {DType} elements cannot be seen as {typeof(T).Name}, which has {sizeof(T)} bytes.");
        return Live().Span<T>(_byteOffset, SpanLength());
    }

    /// <summary>The element at the given indices of an F32 tensor.</summary>
    public float this[params ReadOnlySpan<int> indices]
    {
        get
        {
            if (indices.Length != Shape.Rank)
                throw new TensorException($"Tensor: {indices.Length} indices were given for {Shape}.");
            long flat = 0;
            for (int axis = 0; axis < indices.Length; axis++)
            {
                if ((uint)indices[axis] >= (uint)Shape[axis])
                    throw new TensorException($"Tensor: index {indices[axis]} on axis {axis} lies outside {Shape}.");
                flat = flat * Shape[axis] + indices[axis];
            }
            Require(DType.F32);
            return Live().Span<float>(_byteOffset + flat * sizeof(float), 1)[0];
        }
    }

    /// <summary>The tensor with a zeroed F32 memory of its own.</summary>
    public static Tensor Zeros(in Shape shape, DType type = DType.F32) => new(ManagedStorage.Allocate(type.ByteCount(shape.Count)), 0, shape, type);

    /// <summary>An F32 tensor of the given values; they are copied.</summary>
    /// <exception cref="TensorException">The shape holds another number of elements.</exception>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> sizes)
    {
        var shape = sizes.IsEmpty ? new Shape(values.Length) : new Shape(sizes);
        if (shape.Count != values.Length)
            throw new TensorException($"Tensor: {values.Length} values were given for {shape}, which holds {shape.Count}.");
        var tensor = Zeros(shape);
        values.CopyTo(tensor.Values);
        return tensor;
    }

    /// <summary>A tensor over bytes that a storage already holds, such as a region of a mapped file.</summary>
    /// <exception cref="TensorException">The region lies outside the storage, or is not whole blocks.</exception>
    public static Tensor Over(TensorStorage storage, long byteOffset, in Shape shape, DType type)
    {
        if (shape.Rank > 0 && shape.Last % type.BlockElements() != 0)
            throw new TensorException($"Tensor: rows of {shape.Last} elements are not whole blocks of {type}, which hold {type.BlockElements()}.");
        long bytes = type.ByteCount(shape.Count);
        if (byteOffset < 0 || byteOffset > storage.ByteCount - bytes)
            throw new TensorException($"Tensor: {shape} {type} takes {bytes} bytes from offset {byteOffset}, but the storage holds {storage.ByteCount}.");
        return new Tensor(storage, byteOffset, shape, type);
    }

    /// <summary>The same elements under another shape; no copy.</summary>
    /// <exception cref="TensorException">The shape holds another number of elements.</exception>
    public Tensor Reshape(in Shape shape)
    {
        if (shape.Count != Count)
            throw new TensorException($"Reshape: {Shape} holds {Count} elements, {shape} holds {shape.Count}.");
        return View(0, shape);
    }

    /// <summary>The elements <paramref name="start"/> … start + count − 1 of the first axis; no copy.</summary>
    public Tensor Slice(int start, int count)
    {
        if (start < 0 || count < 0 || start > Shape[0] - count)
            throw new TensorException($"Slice: {count} elements from {start} lie outside the first axis of {Shape}.");
        long inner = Shape.DropFirst().Count;
        return View(start * inner, Shape.WithFirst(count));
    }

    /// <summary>Element <paramref name="index"/> of the first axis, without that axis; no copy.</summary>
    public Tensor At(int index) => Slice(index, 1).Reshape(Shape.DropFirst());

    /// <summary>Notes which operation made this tensor, before anybody else sees it; for operations.</summary>
    /// <param name="node">The operation; null where nothing that went in wants a gradient.</param>
    public Tensor MadeBy(Node? node)
    {
        Node = node;
        return this;
    }

    /// <summary>A copy in memory of its own, which outlives the workspace. Gradients do not pass through it.</summary>
    public Tensor Keep()
    {
        var copy = Zeros(Shape, DType);
        CopyTo(copy);
        return copy;
    }

    /// <summary>Copies all elements to a tensor of the same size and type.</summary>
    public void CopyTo(Tensor target)
    {
        if (target.Count != Count || target.DType != DType)
            throw new TensorException($"Copy: {Shape} {DType} does not fit {target.Shape} {target.DType}.");
        int rows = Shape.Rank == 0 ? 1 : RowCount;
        for (int row = 0; row < rows; row++)
            RowBytes(row).CopyTo(target.RowBytesOf(row, this));
    }

    /// <summary>The shape and element type, as error messages show them.</summary>
    public override string ToString() => $"{Shape} {DType}";

    /// <summary>Lets the memory of a mapped file go until it is read again, where that is possible; changes no value.</summary>
    internal void ReleasePages() => Live().ReleasePages(_byteOffset, ByteCount);

    internal unsafe byte* Pointer
    {
        get
        {
            Live();
            return _storage.Pointer + _byteOffset;
        }
    }

    // The target of a copy may have another shape of equal count; rows are then counted in the source's length.
    private Span<byte> RowBytesOf(int row, Tensor source)
    {
        long bytes = source.DType.ByteCount(source.Columns);
        return Live().Span<byte>(_byteOffset + row * bytes, checked((int)bytes));
    }

    /// <summary>The elements from <paramref name="first"/> on, without a way back for gradients.</summary>
    internal Tensor Region(long first, in Shape shape)
    {
        Live();
        return new Tensor(_storage, _byteOffset + DType.ByteCount(first), shape, DType, Workspace);
    }

    private Tensor View(long first, in Shape shape)
    {
        var view = Region(first, shape);
        return Node is null ? view : view.MadeBy(new ViewNode(this, first, shape));
    }

    private void RequireRow(int row)
    {
        if ((ulong)row >= (ulong)Shape.RowCount)
            throw new TensorException($"Tensor: row {row} was asked of {this}, which has {Shape.RowCount} rows.");
    }

    private int SpanLength() => Count <= int.MaxValue
        ? (int)Count
        : throw new TensorException($"Tensor: the {Count} elements of {this} do not fit one span. Read it row by row.");

    private void Require(DType type)
    {
        if (DType != type)
            throw new TensorException($"Tensor: {this} was read as {type}. Dequantise or convert it first.");
    }

    private TensorStorage Live()
    {
        if (Workspace is not null && Workspace.Generation != _generation)
            throw new TensorException($"Tensor: {this} belongs to a pass that has ended (its workspace was reset). Call Keep() on what must outlive the pass.");
        return _storage;
    }
}
