using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Tensors.Files;

/// <summary>The header of a .npy array: element type, order and shape, written as a Python dictionary.</summary>
/// <param name="Entry">Type, shape and size; the offset is where the elements begin, counted from the start of the array.</param>
/// <param name="ColumnMajor">Whether the first axis is contiguous (<c>fortran_order</c>) instead of the last.</param>
internal sealed record NpyHeader(TensorEntry Entry, bool ColumnMajor)
{
    private const int LongestHeader = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a header and compares it with the length of the whole array.</summary>
    public static NpyHeader Read(Stream stream, string path, string name, long totalBytes)
    {
        byte[] start = ReadBytes(stream, 8, path, $"start of array '{name}'");
        if (!start.AsSpan(0, 6).SequenceEqual(Magic))
            throw new TensorFileException(path, $"start of array '{name}'", $"0x{Convert.ToHexString(start)}", "expected the magic bytes of a .npy array");
        int major = start[6];
        if (major is not (1 or 2 or 3))
            throw new TensorFileException(path, $"version of array '{name}'", major, "versions 1, 2 and 3 are read");
        int lengthBytes = major == 1 ? 2 : 4;
        byte[] lengthField = ReadBytes(stream, lengthBytes, path, $"header length of array '{name}'");
        uint length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (length > LongestHeader)
            throw new TensorFileException(path, $"header length of array '{name}'", length, $"at most {LongestHeader} bytes are read");
        byte[] text = ReadBytes(stream, (int)length, path, $"header of array '{name}'");
        var literal = new NpyLiteral(Encoding.Latin1.GetString(text), path, $"header of array '{name}'");
        return Check(literal, path, name, 8 + lengthBytes + length, totalBytes);
    }

    private static NpyHeader Check(NpyLiteral literal, string path, string name, long offset, long totalBytes)
    {
        var (descr, columnMajor, shape) = literal.Parse();
        var type = TypeOf(descr, path, name);
        long count = TensorEntry.CountElements(shape);
        long available = totalBytes - offset;
        if (count < 0 || (Int128)count * type.BlockBytes() != available)
            throw new TensorFileException(path, $"shape of array '{name}'", $"({string.Join(", ", shape)}) {descr}",
                $"{available} bytes of data are there, which do not fit; the file was truncated or its header lies");
        return new NpyHeader(new TensorEntry(name, descr, type, shape, offset, available), columnMajor);
    }

    // '<' little-endian, '|' no byte order, '>' big-endian; then kind and bytes.
    private static DType TypeOf(string descr, string path, string name) => descr switch
    {
        "<f2" => DType.F16,
        "<f4" => DType.F32,
        "<f8" => DType.F64,
        "|i1" or "<i1" => DType.I8,
        "<i2" => DType.I16,
        "<i4" => DType.I32,
        "<i8" => DType.I64,
        "|u1" or "<u1" => DType.U8,
        "|b1" or "<b1" => DType.Bool,
        ['>', ..] => throw new TensorFileException(path, $"descr of array '{name}'", $"'{descr}'", "big-endian arrays are not read; save it as little-endian"),
        _ => throw new TensorFileException(path, $"descr of array '{name}'", $"'{descr}'", "f2, f4, f8, i1, i2, i4, i8, u1 and b1 are read; convert it first"),
    };

    private static byte[] ReadBytes(Stream stream, int count, string path, string field)
    {
        var bytes = new byte[count];
        int read;
        try
        {
            read = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        }
        catch (InvalidDataException cause)
        {
            throw new TensorFileException(path, field, "damaged", "its compressed data cannot be unpacked", cause);
        }
        return read == count ? bytes : throw new TensorFileException(path, field, $"cut off after {read} bytes", $"expected {count}");
    }
}
