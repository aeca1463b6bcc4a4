using System.Diagnostics.CodeAnalysis;

namespace Trimtab.Tensors;

/// <summary>
/// The sizes of a tensor's axes, outermost first; the last axis is contiguous. At most four axes, held inline so that a shape costs no allocation.
/// </summary>
[SuppressMessage("Performance", "CA1815", Justification = "Equality is implemented by the record struct.")]
public readonly record struct Shape
{
    /// <summary>The largest number of axes.</summary>
    public const int MaxRank = 4;

    private readonly int _d0, _d1, _d2, _d3;

    /// <summary>A shape of the given sizes.</summary>
    /// <exception cref="TensorException">More than four axes, or a negative size.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > MaxRank)
            throw new TensorException($"Shape: {sizes.Length} axes were given — at most {MaxRank} are supported.");
        foreach (int size in sizes)
            if (size < 0)
                throw new TensorException($"Shape: an axis of size {size} was given — sizes must not be negative.");
        Int128 count = 1;
        foreach (int size in sizes)
            count *= size;
        if (count > long.MaxValue)
            throw new TensorException($"Shape: [{string.Join(", ", sizes.ToArray())}] holds more elements than 63 bits can count.");
        Rank = sizes.Length;
        _d0 = sizes.Length > 0 ? sizes[0] : 1;
        _d1 = sizes.Length > 1 ? sizes[1] : 1;
        _d2 = sizes.Length > 2 ? sizes[2] : 1;
        _d3 = sizes.Length > 3 ? sizes[3] : 1;
    }

    /// <summary>How many axes there are; 0 is a single number.</summary>
    public int Rank { get; }

    /// <summary>The product of all sizes.</summary>
    public long Count => Rank == 0 ? 1 : (long)_d0 * _d1 * _d2 * _d3;

    /// <summary>The size of an axis; negative numbers count from the last (−1).</summary>
    public int this[int axis]
    {
        get
        {
            int index = axis < 0 ? axis + Rank : axis;
            if ((uint)index >= (uint)Rank)
                throw new TensorException($"Shape: axis {axis} was asked of {this}, which has {Rank} axes.");
            return index switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };
        }
    }

    /// <summary>The size of the last axis, or 1 for a single number.</summary>
    public int Last => Rank == 0 ? 1 : this[Rank - 1];

    /// <summary>How many rows of length <see cref="Last"/> there are: the product of all axes but the last.</summary>
    public long RowCount => Last == 0 ? 0 : Count / Last;

    /// <summary>The same shape with its first axis replaced.</summary>
    public Shape WithFirst(int size) => Rank switch
    {
        1 => new Shape(size),
        2 => new Shape(size, _d1),
        3 => new Shape(size, _d1, _d2),
        4 => new Shape(size, _d1, _d2, _d3),
        _ => throw new TensorException("Shape: a single number has no first axis to replace."),
    };

    /// <summary>The same shape with its last axis replaced.</summary>
    public Shape WithLast(int size) => Rank switch
    {
        1 => new Shape(size),
        2 => new Shape(_d0, size),
        3 => new Shape(_d0, _d1, size),
        4 => new Shape(_d0, _d1, _d2, size),
        _ => throw new TensorException("Shape: a single number has no last axis to replace."),
    };

    /// <summary>The shape without its first axis.</summary>
    public Shape DropFirst() => Rank switch
    {
        1 => new Shape(),
        2 => new Shape(_d1),
        3 => new Shape(_d1, _d2),
        4 => new Shape(_d1, _d2, _d3),
        _ => throw new TensorException("Shape: a single number has no first axis to drop."),
    };

    /// <summary>The sizes as an array.</summary>
    public int[] ToArray() => Rank switch
    {
        0 => [],
        1 => [_d0],
        2 => [_d0, _d1],
        3 => [_d0, _d1, _d2],
        _ => [_d0, _d1, _d2, _d3],
    };

    /// <summary>The sizes in square brackets, as error messages show them.</summary>
    public override string ToString() => $"[{string.Join(", ", ToArray())}]";
}
