namespace Trimtab.Tensors;

/// <summary>
/// The type of a tensor's elements. Activations are always <see cref="F32"/>; the others are what weight files hold. The block types store
/// a fixed number of consecutive elements of one row together with their scales, in the layouts of GGUF.
/// </summary>
public enum DType : byte
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    F32,
    /// <summary>IEEE double precision, 8 bytes.</summary>
    F64,
    /// <summary>IEEE half precision, 2 bytes.</summary>
    F16,
    /// <summary>Brain float: the upper 16 bits of a single, 2 bytes.</summary>
    BF16,
    /// <summary>Signed integer, 8 bytes.</summary>
    I64,
    /// <summary>Signed integer, 4 bytes.</summary>
    I32,
    /// <summary>Signed integer, 2 bytes.</summary>
    I16,
    /// <summary>Signed integer, 1 byte.</summary>
    I8,
    /// <summary>Unsigned integer, 1 byte.</summary>
    U8,
    /// <summary>Truth value, 1 byte, 0 or 1.</summary>
    Bool,
    /// <summary>32 elements in 18 bytes: half scale, 4-bit values around 8.</summary>
    Q4_0,
    /// <summary>32 elements in 20 bytes: half scale and minimum, 4-bit values.</summary>
    Q4_1,
    /// <summary>32 elements in 22 bytes: half scale, 5-bit values around 16.</summary>
    Q5_0,
    /// <summary>32 elements in 24 bytes: half scale and minimum, 5-bit values.</summary>
    Q5_1,
    /// <summary>32 elements in 34 bytes: half scale, signed 8-bit values.</summary>
    Q8_0,
    /// <summary>256 elements in 144 bytes: two half scales, eight 6-bit pairs of scale and minimum, 4-bit values.</summary>
    Q4_K,
    /// <summary>256 elements in 176 bytes: as <see cref="Q4_K"/> with 5-bit values.</summary>
    Q5_K,
    /// <summary>256 elements in 210 bytes: half scale, sixteen 8-bit scales, 6-bit values around 32.</summary>
    Q6_K,
}

/// <summary>Sizes of the element types.</summary>
public static class DTypes
{
    private static readonly (int Elements, int Bytes)[] Blocks =
    [
        (1, 4), (1, 8), (1, 2), (1, 2), (1, 8), (1, 4), (1, 2), (1, 1), (1, 1), (1, 1),
        (32, 18), (32, 20), (32, 22), (32, 24), (32, 34), (256, 144), (256, 176), (256, 210),
    ];

    /// <summary>How many elements one block holds: 1 for the plain types, 32 or 256 for the quantised ones.</summary>
    public static int BlockElements(this DType type) => Blocks[(int)type].Elements;

    /// <summary>How many bytes one block takes.</summary>
    public static int BlockBytes(this DType type) => Blocks[(int)type].Bytes;

    /// <summary>True for the types whose elements share scales in blocks.</summary>
    public static bool IsQuantised(this DType type) => type >= DType.Q4_0;

    /// <summary>True for F32, F64, F16 and BF16.</summary>
    public static bool IsFloat(this DType type) => type <= DType.BF16;

    /// <summary>The bytes that <paramref name="elements"/> consecutive elements take. The count must be whole blocks.</summary>
    /// <exception cref="TensorException">The count is not a multiple of the block, or the size overflows 63 bits.</exception>
    public static long ByteCount(this DType type, long elements)
    {
        var (perBlock, bytes) = Blocks[(int)type];
        if (elements < 0 || elements % perBlock != 0)
            throw new TensorException($"DType: {elements} elements are not whole blocks of {type} — a block holds {perBlock}.");
        if (elements / perBlock > long.MaxValue / bytes)
            throw new TensorException($"DType: {elements} elements of {type} take more bytes than 63 bits can count.");
        return elements / perBlock * bytes;
    }
}
