using System.Buffers.Binary;

namespace Trimtab.Tensors.Files;

/// <summary>What the central directory of a zip archive says about one entry, not yet compared with anything.</summary>
internal sealed record ZipRecord(string Name, bool Deflated, uint Checksum, long StoredBytes, long ByteCount, long LocalOffset, long DirectoryOffset);

/// <summary>Finds and parses the central directory, which stands at the end of a zip archive.</summary>
internal static class ZipRecords
{
    private const uint EndSignature = 0x06054B50, End64Signature = 0x06064B50, Locator64Signature = 0x07064B50, RecordSignature = 0x02014B50;
    private const int EndBytes = 22, Locator64Bytes = 20, RecordBytes = 46;
    private const ushort Extension64 = 1;

    public static IEnumerable<ZipRecord> Read(FileReader reader)
    {
        long end = FindEnd(reader);
        var (count, size, offset) = ReadEnd(reader, end);
        if (offset > (ulong)end || size > (ulong)end - offset)
            throw reader.Wrong("place of the zip directory", $"{size} bytes at {offset}", $"expected it before its end record at {end}");
        if (count > size / RecordBytes)
            throw reader.Wrong("number of zip entries", count, $"the directory's {size} bytes have room for at most {size / RecordBytes}");
        reader.Position = (long)offset;
        var records = new List<ZipRecord>();
        for (ulong i = 0; i < count; i++)
            records.Add(ReadRecord(reader, (long)offset));
        if (reader.Position != (long)(offset + size))
            throw reader.Wrong("size of the zip directory", size, $"its {count} entries take {reader.Position - (long)offset} bytes");
        return records;
    }

    // The end record closes the file but for a comment of up to 64 KiB, whose length it states.
    private static long FindEnd(FileReader reader)
    {
        long first = Math.Max(0, reader.Length - EndBytes - ushort.MaxValue);
        reader.Position = first;
        var tail = reader.Take((int)(reader.Length - first), "end of the zip archive");
        for (int at = tail.Length - EndBytes; at >= 0; at--)
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[at..]) == EndSignature
                && BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]) == tail.Length - at - EndBytes)
                return first + at;
        throw reader.Wrong("end of the zip archive", "missing", "no end record was found; the file was truncated or is not a zip archive");
    }

    private static (ulong Count, ulong Size, ulong Offset) ReadEnd(FileReader reader, long end)
    {
        reader.Position = end + 4;
        uint disks = reader.ReadUInt32("disk number of the zip archive");
        ushort here = reader.ReadUInt16("number of zip entries"), count = reader.ReadUInt16("number of zip entries");
        uint size = reader.ReadUInt32("size of the zip directory"), offset = reader.ReadUInt32("offset of the zip directory");
        if (here == ushort.MaxValue || count == ushort.MaxValue || size == uint.MaxValue || offset == uint.MaxValue)
            return ReadEnd64(reader, end);
        if (disks != 0 || here != count)
            throw reader.Wrong("disk number of the zip archive", disks, "archives in several parts are not read");
        return (count, size, offset);
    }

    private static (ulong Count, ulong Size, ulong Offset) ReadEnd64(FileReader reader, long end)
    {
        const string Field = "64-bit end of the zip archive";
        if (end < Locator64Bytes)
            throw reader.Wrong(Field, "missing", "the end record refers to it");
        reader.Position = end - Locator64Bytes;
        uint signature = reader.ReadUInt32(Field);
        reader.Take(4, Field);
        ulong at = reader.ReadUInt64(Field);
        if (signature != Locator64Signature || at > (ulong)end)
            throw reader.Wrong(Field, $"0x{signature:X8} pointing to {at}", $"expected the signature 0x{Locator64Signature:X8} and a place before it");
        reader.Position = (long)at;
        if (reader.ReadUInt32(Field) is var found && found != End64Signature)
            throw reader.Wrong(Field, $"0x{found:X8}", $"expected the signature 0x{End64Signature:X8}");
        reader.Take(8 + 2 + 2 + 4 + 4 + 8, Field);
        return (reader.ReadUInt64(Field), reader.ReadUInt64(Field), reader.ReadUInt64(Field));
    }

    private static ZipRecord ReadRecord(FileReader reader, long directoryOffset)
    {
        const string Field = "entry of the zip directory";
        if (reader.ReadUInt32(Field) is var signature && signature != RecordSignature)
            throw reader.Wrong(Field, $"0x{signature:X8}", $"expected the signature 0x{RecordSignature:X8}");
        reader.Take(4, Field);
        ushort flags = reader.ReadUInt16(Field), method = reader.ReadUInt16(Field);
        reader.Take(4, Field);
        uint checksum = reader.ReadUInt32(Field);
        ulong stored = reader.ReadUInt32(Field), unpacked = reader.ReadUInt32(Field);
        int nameBytes = reader.ReadUInt16(Field), extraBytes = reader.ReadUInt16(Field), commentBytes = reader.ReadUInt16(Field);
        reader.Take(2 + 2 + 4, Field);
        ulong offset = reader.ReadUInt32(Field);
        string name = reader.ReadFixedText(nameBytes, "name of a zip entry");
        Widen(reader, name, reader.Take(extraBytes, Field), ref unpacked, ref stored, ref offset);
        reader.Take(commentBytes, Field);
        if ((flags & 1) != 0)
            throw reader.Wrong($"entry '{name}'", "encrypted", "encrypted archives are not read");
        if (method is not (0 or 8))
            throw reader.Wrong($"compression of entry '{name}'", $"method {method}", "stored (0) and deflated (8) entries are read");
        if (stored > long.MaxValue || unpacked > long.MaxValue || offset > long.MaxValue)
            throw reader.Wrong($"sizes of entry '{name}'", $"{stored}, {unpacked}, {offset}", "that is more than any file holds");
        return new ZipRecord(name, method == 8, checksum, (long)stored, (long)unpacked, (long)offset, directoryOffset);
    }

    // A 32-bit field that is all ones has its value in the extension, which holds only those that overflowed, in this order.
    private static void Widen(FileReader reader, string name, ReadOnlySpan<byte> extra, ref ulong unpacked, ref ulong stored, ref ulong offset)
    {
        if (unpacked != uint.MaxValue && stored != uint.MaxValue && offset != uint.MaxValue)
            return;
        while (extra.Length >= 4)
        {
            ushort id = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            extra = extra[4..];
            if (length > extra.Length)
                break;
            if (id == Extension64)
            {
                var values = extra[..length];
                if (TakeWide(ref values, ref unpacked) && TakeWide(ref values, ref stored) && TakeWide(ref values, ref offset))
                    return;
                break;
            }
            extra = extra[length..];
        }
        throw reader.Wrong($"64-bit sizes of entry '{name}'", "missing or too short", "its 32-bit sizes refer to them");
    }

    private static bool TakeWide(ref ReadOnlySpan<byte> values, ref ulong field)
    {
        if (field != uint.MaxValue)
            return true;
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(values, out ulong wide))
            return false;
        field = wide;
        values = values[8..];
        return true;
    }
}
