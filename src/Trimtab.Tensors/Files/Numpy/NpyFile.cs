using System.Buffers.Binary;
using System.Text;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>Single arrays of numpy (.npy): f2, f4, f8, i1, i2, i4, i8, u1 and b1, little-endian.</summary>
public static class NpyFile
{
    private const int Alignment = 64;

    /// <summary>Reads an array to memory of its own, in row-major order; a column-major one is turned round.</summary>
    /// <exception cref="TensorFileException">The file is truncated, lies about its size, or holds another type or an array of 2 GiB or more.</exception>
    public static Tensor Read(string path) => FileMapping.Open(path, file =>
    {
        using (file)
        {
            using var stream = file.Stream(0, file.ByteCount);
            string name = Path.GetFileNameWithoutExtension(path);
            return Copy(NpyHeader.Read(stream, path, name, file.ByteCount), file, 0, path);
        }
    });

    /// <summary>Writes a tensor as a version 1.0 array, first under a temporary name beside it and then renamed.</summary>
    /// <exception cref="TensorException">numpy has no such type (BF16 and the block types): convert it first.</exception>
    public static void Write(string path, Tensor tensor)
    {
        string shape = string.Concat(tensor.Shape.ToArray().Select(size => $"{size}, ")).TrimEnd();
        string literal = $"{{'descr': '{Descr(tensor)}', 'fortran_order': False, 'shape': ({shape}), }}";
        // The header ends with a line break and fills up to a multiple of 64, so that mapped elements are aligned.
        int unpadded = 10 + literal.Length + 1;
        string header = literal + new string(' ', (Alignment - unpadded % Alignment) % Alignment) + '\n';
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
            stream.Write([0x93, .. "NUMPY"u8, 1, 0, .. length]);
            stream.Write(Encoding.Latin1.GetBytes(header));
            stream.Write(tensor);
        });
    }

    /// <summary>Copies the elements of an array that begins at <paramref name="arrayOffset"/> of a storage.</summary>
    internal static Tensor Copy(NpyHeader header, TensorStorage storage, long arrayOffset, string path)
    {
        var entry = header.Entry;
        var (shape, type) = entry.Usable(path);
        if (entry.ByteCount > Array.MaxLength)
            throw new TensorFileException(path, $"size of array '{entry.Name}'", entry.ByteCount,
                $"at most {Array.MaxLength} bytes can be copied; save it uncompressed and row-major");
        return new StridedView(type, 0, entry.Shape, Strides(entry.Shape, header.ColumnMajor)).Copy(storage, arrayOffset + entry.Offset, shape);
    }

    private static long[] Strides(IReadOnlyList<long> shape, bool columnMajor)
    {
        var strides = new long[shape.Count];
        long step = 1;
        for (int i = 0; i < shape.Count; i++)
        {
            int axis = columnMajor ? i : shape.Count - 1 - i;
            strides[axis] = step;
            step *= shape[axis];
        }
        return strides;
    }

    private static string Descr(Tensor tensor) => tensor.DType switch
    {
        DType.F16 => "<f2",
        DType.F32 => "<f4",
        DType.F64 => "<f8",
        DType.I8 => "|i1",
        DType.I16 => "<i2",
        DType.I32 => "<i4",
        DType.I64 => "<i8",
        DType.U8 => "|u1",
        DType.Bool => "|b1",
        _ => throw new TensorException($"NpyFile.Write: the tensor is {tensor.DType} — numpy has no such type. Convert it to F32 first."),
    };
}
