namespace Trimtab.Tensors.Files;

/// <summary>
/// What a file's directory says about one tensor. Entries exist also for tensors that cannot be opened, so that a file with one exotic tensor
/// can still be listed.
/// </summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="TypeName">The element type in the words of the format, such as "BF16" or "IQ2_XS".</param>
/// <param name="Type">The element type; null where this library cannot decode it.</param>
/// <param name="Shape">The sizes of its axes, outermost first.</param>
/// <param name="Offset">Where its bytes begin, counted from the start of the file.</param>
/// <param name="ByteCount">How many bytes it takes; −1 where even that is unknown because the type is.</param>
public sealed record TensorEntry(string Name, string TypeName, DType? Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>The number of elements, or −1 where it does not fit 63 bits. A size of zero anywhere makes it zero.</summary>
    internal static long CountElements(IReadOnlyList<long> shape)
    {
        if (shape.Contains(0))
            return 0;
        long count = 1;
        foreach (long size in shape)
        {
            if (size < 0 || count > long.MaxValue / size)
                return -1;
            count *= size;
        }
        return count;
    }

    /// <summary>The shape and type that a tensor of this entry has.</summary>
    /// <exception cref="TensorFileException">The type cannot be decoded, or there are too many or too large axes.</exception>
    internal (Shape Shape, DType Type) Usable(string path)
    {
        if (Type is not { } type)
            throw new TensorFileException(path, $"type of tensor '{Name}'", TypeName,
                "this type cannot be decoded; convert the file to one of the supported types (see docs/file-formats.md)");
        if (Shape.Count > Tensors.Shape.MaxRank)
            throw new TensorFileException(path, $"shape of tensor '{Name}'", this, $"at most {Tensors.Shape.MaxRank} axes are supported");
        foreach (long size in Shape)
            if (size > int.MaxValue)
                throw new TensorFileException(path, $"shape of tensor '{Name}'", this, $"an axis may have at most {int.MaxValue} elements");
        return (new Shape([.. Shape.Select(s => (int)s)]), type);
    }

    /// <summary>Shape and type, as error messages show them.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}] {TypeName}";
}
