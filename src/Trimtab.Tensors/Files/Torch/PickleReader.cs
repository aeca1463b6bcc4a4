using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Tensors.Files;

/// <summary>Reads the operands of pickle opcodes from memory; every claimed length is compared with what is left.</summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> bytes, string path)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Path => path;

    public int Position { get; private set; }

    public byte ReadByte() => Take(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    // The one big-endian number of the format.
    public double ReadDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number in as few little-endian bytes as it needs, at most eight.</summary>
    public long ReadShortInteger(uint count)
    {
        if (count > 8)
            throw Wrong("length of a whole number", count, "at most 8 bytes are read");
        var digits = Take(count);
        long value = count > 0 && (digits[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = digits.Length - 1; i >= 0; i--)
            value = value << 8 | digits[i];
        return value;
    }

    public string ReadText(ulong count)
    {
        int at = Position;
        var text = Take(count);
        try
        {
            return StrictUtf8.GetString(text);
        }
        catch (DecoderFallbackException cause)
        {
            throw new TensorFileException(path, $"text at byte {at} of the pickle", "not UTF-8", "expected UTF-8", cause);
        }
    }

    /// <summary>Text up to the next line break.</summary>
    public string ReadLine()
    {
        int length = bytes.Span[Position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Wrong("a name", "cut off", "expected a line break after it");
        string line = ReadText((ulong)length);
        Position++;
        return line;
    }

    public ReadOnlyMemory<byte> ReadBytes(ulong count)
    {
        int at = Position;
        Take(count);
        return bytes[at..Position];
    }

    public TensorFileException Wrong(string field, object value, string expected) =>
        new(path, $"{field} at byte {Position} of the pickle", value, expected);

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(bytes.Length - Position))
            throw Wrong("an operand", $"{count} bytes long", $"the pickle ends after {bytes.Length} bytes; it was truncated or lies");
        var taken = bytes.Span.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }
}
