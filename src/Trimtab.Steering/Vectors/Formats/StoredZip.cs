using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Steering;

/// <summary>Writes a zip archive of entries that are not compressed, the data of each at a multiple of 64 bytes, as torch wants to map it.</summary>
internal sealed class StoredZip(Stream stream) : IDisposable
{
    private const int Alignment = 64;
    private const uint LocalHeader = 0x04034B50, CentralHeader = 0x02014B50, EndRecord = 0x06054B50;
    // 1980-01-01, the first day a zip archive knows: the same tensor always gives the same bytes.
    private const uint DosTime = 0x00210000;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    private readonly List<(byte[] Name, uint Crc, uint Size, uint Offset)> _entries = [];
    private readonly BinaryWriter _writer = new(stream, Encoding.ASCII, leaveOpen: true);

    /// <summary>Adds an entry.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(name);
        var entry = (Name: bytes, Crc: Crc(content), Size: (uint)content.Length, Offset: checked((uint)stream.Position));
        _writer.Write(LocalHeader);
        WriteCommon(entry);
        // An extra field is at least its own header of four bytes.
        int unpadded = (int)((entry.Offset + 30 + bytes.Length + 4) % Alignment);
        ushort padding = (ushort)((Alignment - unpadded) % Alignment);
        _writer.Write((ushort)(padding + 4));
        _writer.Write(bytes);
        _writer.Write("FB"u8);
        _writer.Write(padding);
        for (int i = 0; i < padding; i++)
            _writer.Write((byte)'Z');
        _writer.Write(content);
        _entries.Add(entry);
    }

    /// <summary>Writes the directory.</summary>
    public void Finish()
    {
        uint start = checked((uint)stream.Position);
        foreach (var entry in _entries)
        {
            _writer.Write(CentralHeader);
            _writer.Write((ushort)10);
            WriteCommon(entry);
            // No extra field, no comment, first disk, no attributes.
            _writer.Write((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            _writer.Write(entry.Offset);
            _writer.Write(entry.Name);
        }
        uint size = checked((uint)stream.Position) - start;
        _writer.Write(EndRecord);
        _writer.Write(0);
        _writer.Write((ushort)_entries.Count);
        _writer.Write((ushort)_entries.Count);
        _writer.Write(size);
        _writer.Write(start);
        _writer.Write((ushort)0);
        _writer.Flush();
    }

    public void Dispose() => _writer.Dispose();

    // Version needed, flags, method (stored), time, checksum, both sizes, length of the name.
    private void WriteCommon(in (byte[] Name, uint Crc, uint Size, uint Offset) entry)
    {
        Span<byte> fields = stackalloc byte[24];
        fields.Clear();
        fields[0] = 10;
        BinaryPrimitives.WriteUInt32LittleEndian(fields[6..], DosTime);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], entry.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[14..], entry.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[18..], entry.Size);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)entry.Name.Length);
        _writer.Write(fields);
    }

    private static uint Crc(ReadOnlySpan<byte> content)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in content)
            crc = CrcTable[(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }

    private static uint CrcOf(int value)
    {
        uint crc = (uint)value;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        return crc;
    }
}
