using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>A view by strides into stored elements, as torch and column-major numpy files hold it, and its copy in row-major order.</summary>
/// <param name="Type">The element type; never a block type.</param>
/// <param name="Offset">The first element, counted in elements from the start of the storage.</param>
/// <param name="Sizes">The sizes of the axes, outermost first; at most four.</param>
/// <param name="Strides">The steps of the axes, in elements; not negative.</param>
internal sealed record StridedView(DType Type, long Offset, IReadOnlyList<long> Sizes, IReadOnlyList<long> Strides)
{
    /// <summary>Whether the elements lie one after the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Sizes.Count - 1; axis >= 0; axis--)
            {
                if (Sizes[axis] != 1 && Strides[axis] != expected)
                    return Sizes.Contains(0);
                expected *= Sizes[axis];
            }
            return true;
        }
    }

    /// <summary>One more than the highest element that the view touches, or 2⁶⁴ where that is beyond any storage.</summary>
    public Int128 EndElement
    {
        get
        {
            if (Sizes.Contains(0))
                return Offset;
            Int128 last = Offset;
            for (int axis = 0; axis < Sizes.Count; axis++)
                if ((last += (Int128)(Sizes[axis] - 1) * Strides[axis]) > long.MaxValue)
                    return (Int128)1 << 64;
            return last + 1;
        }
    }

    /// <summary>Copies the elements in row-major order. The view must lie inside the storage.</summary>
    public Tensor Copy(TensorStorage storage, long storageOffset, Shape shape)
    {
        var memory = ManagedStorage.Allocate(Type.ByteCount(shape.Count));
        int size = Type.BlockBytes(), columns = shape.Last;
        long lastStride = Sizes.Count == 0 ? 1 : Strides[^1];
        long target = 0;
        for (long row = 0; row < shape.RowCount; row++)
        {
            long source = storageOffset + RowStart(row) * size;
            if (lastStride == 1)
                storage.Span<byte>(source, columns * size).CopyTo(memory.Span<byte>(target, columns * size));
            else
                for (int column = 0; column < columns; column++)
                    storage.Span<byte>(source + column * lastStride * size, size).CopyTo(memory.Span<byte>(target + (long)column * size, size));
            target += (long)columns * size;
        }
        return Tensor.Over(memory, 0, shape, Type);
    }

    private long RowStart(long row)
    {
        long start = Offset;
        for (int axis = Sizes.Count - 2; axis >= 0; axis--)
        {
            start += row % Sizes[axis] * Strides[axis];
            row /= Sizes[axis];
        }
        return start;
    }
}
