using System.Buffers.Binary;
using System.Text;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// Reads little-endian fields of a mapped file one after the other. Every read says which field it is for, so that a file that ends too early is
/// reported by field; no read allocates more than the file holds.
/// </summary>
internal sealed class FileReader(MappedStorage file)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Path => file.Path;

    public long Position { get; set; }

    public long Length => file.ByteCount;

    public long Remaining => Length - Position;

    public byte ReadByte(string field) => Take(1, field)[0];

    public ushort ReadUInt16(string field) => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, field));

    public uint ReadUInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, field));

    public ulong ReadUInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, field));

    /// <summary>A 64-bit count of things that take at least <paramref name="leastBytes"/> bytes each: more than the file has room for is a lie.</summary>
    public long ReadCount(string field, int leastBytes)
    {
        ulong count = ReadUInt64(field);
        if (count > (ulong)(Remaining / leastBytes))
            throw Wrong(field, count, $"the {Remaining} bytes that follow have room for at most {Remaining / leastBytes}");
        return (long)count;
    }

    /// <summary>Text after its 64-bit byte count. Vocabularies have hundreds of thousands: the field's name is composed only for an error.</summary>
    public string ReadText(string field, int longest = int.MaxValue)
    {
        ulong count = ReadUInt64(field);
        if (count > (ulong)Remaining)
            throw Wrong($"length of {field}", count, $"only {Remaining} bytes follow");
        if (count > (ulong)longest)
            throw Wrong($"length of {field}", count, $"expected at most {longest} bytes");
        return ReadFixedText((int)count, field);
    }

    /// <summary>Text of a given number of bytes.</summary>
    public string ReadFixedText(int count, string field)
    {
        var bytes = Take(count, field);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException cause)
        {
            throw new TensorFileException(Path, field, Convert.ToHexString(bytes[..Math.Min(bytes.Length, 16)]), "expected UTF-8 text", cause);
        }
    }

    /// <summary>The next bytes, without a copy.</summary>
    public ReadOnlySpan<byte> Take(int count, string field)
    {
        if (count > Remaining)
            throw new TensorFileException(Path, field, $"cut off: {count} bytes at offset {Position}",
                $"the file ends after {Length} bytes; it was truncated or its header lies");
        var bytes = file.Span<byte>(Position, count);
        Position += count;
        return bytes;
    }

    public TensorFileException Wrong(string field, object value, string expected) => new(Path, field, value, expected);
}
