using System.IO.Compression;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The entries of a mapped zip archive (with the 64-bit extensions). Read by hand rather than through the framework's archive class, because stored
/// entries are used in place, and because an archive whose entries overlap, contradict their local headers or unpack to absurd sizes must be refused.
/// </summary>
internal sealed class ZipDirectory
{
    // An honest weight file compresses by a few times, never by hundreds; small ones may (all zeros).
    private const int MostExpansion = 100;
    private const long AlwaysAllowedBytes = 64 << 20;
    private const int LocalHeaderBytes = 30;
    private const uint LocalSignature = 0x04034B50;

    private readonly MappedStorage _file;
    private readonly FileReader _reader;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(MappedStorage file) => (_file, _reader) = (file, new FileReader(file));

    /// <summary>The entries in the order of the directory.</summary>
    public IReadOnlyCollection<ZipEntry> Entries => _entries.Values;

    public ZipEntry? Find(string name) => _entries.GetValueOrDefault(name);

    public static ZipDirectory Read(MappedStorage file)
    {
        var directory = new ZipDirectory(file);
        foreach (var record in ZipRecords.Read(directory._reader))
            directory.Add(record);
        directory.CheckExpansion();
        directory.CheckOverlaps();
        return directory;
    }

    /// <summary>The unpacked bytes as a stream. It may end early or late: the reader compares with the declared size.</summary>
    public Stream Open(ZipEntry entry)
    {
        var stored = _file.Stream(entry.Offset, entry.StoredBytes);
        return entry.Deflated ? new DeflateStream(stored, CompressionMode.Decompress) : stored;
    }

    /// <summary>All unpacked bytes; memory grows with what really comes out, never with what is declared.</summary>
    public byte[] ReadAll(ZipEntry entry, long most)
    {
        if (entry.ByteCount > most)
            throw _reader.Wrong($"size of entry '{entry.Name}'", entry.ByteCount, $"at most {most} bytes are read");
        if (!entry.Deflated)
            return _file.Span<byte>(entry.Offset, (int)entry.ByteCount).ToArray();
        using var unpacked = new MemoryStream();
        using var stream = Open(entry);
        var piece = new byte[1 << 16];
        try
        {
            for (int count; (count = stream.Read(piece)) > 0 && unpacked.Length <= entry.ByteCount;)
                unpacked.Write(piece, 0, count);
        }
        catch (InvalidDataException cause)
        {
            throw new TensorFileException(_reader.Path, $"entry '{entry.Name}'", "damaged", "its compressed data cannot be unpacked", cause);
        }
        if (unpacked.Length != entry.ByteCount)
            throw _reader.Wrong($"size of entry '{entry.Name}'", entry.ByteCount,
                $"it unpacks to {(unpacked.Length > entry.ByteCount ? "more" : $"only {unpacked.Length} bytes")}");
        return unpacked.ToArray();
    }

    /// <summary>Compares the unpacked bytes with the checksum in the directory.</summary>
    public void CheckChecksum(ZipEntry entry, ReadOnlySpan<byte> unpacked)
    {
        uint checksum = Crc32.Append(0, unpacked);
        if (checksum != entry.Checksum)
            throw _reader.Wrong($"checksum of entry '{entry.Name}'", $"0x{entry.Checksum:X8}", $"its bytes give 0x{checksum:X8}; the file is damaged");
    }

    /// <summary>As <see cref="CheckChecksum(ZipEntry, ReadOnlySpan{byte})"/>, for an entry that stands in the archive as it is.</summary>
    public void CheckStoredChecksum(ZipEntry entry)
    {
        const int Piece = 1 << 24;
        uint checksum = 0;
        for (long at = 0; at < entry.ByteCount; at += Piece)
            checksum = Crc32.Append(checksum, _file.Span<byte>(entry.Offset + at, (int)Math.Min(Piece, entry.ByteCount - at)));
        if (checksum != entry.Checksum)
            throw _reader.Wrong($"checksum of entry '{entry.Name}'", $"0x{entry.Checksum:X8}", $"its bytes give 0x{checksum:X8}; the file is damaged");
    }

    // The directory says where the local header is, which says where the data is: names must agree, the data must lie before the directory.
    private void Add(ZipRecord record)
    {
        if (record.LocalOffset < 0 || record.LocalOffset > record.DirectoryOffset - LocalHeaderBytes)
            throw _reader.Wrong($"offset of entry '{record.Name}'", record.LocalOffset, $"expected a place before the directory at {record.DirectoryOffset}");
        _reader.Position = record.LocalOffset;
        string local = $"local header of entry '{record.Name}'";
        if (_reader.ReadUInt32(local) is var signature && signature != LocalSignature)
            throw _reader.Wrong(local, $"0x{signature:X8}", $"expected the signature 0x{LocalSignature:X8}");
        _reader.Take(22, local);
        int nameBytes = _reader.ReadUInt16(local), extraBytes = _reader.ReadUInt16(local);
        string name = _reader.ReadFixedText(nameBytes, local);
        if (name != record.Name)
            throw _reader.Wrong(local, $"'{name}'", "it names another entry than the directory");
        _reader.Take(extraBytes, local);
        if (record.StoredBytes < 0 || record.StoredBytes > record.DirectoryOffset - _reader.Position)
            throw _reader.Wrong($"compressed size of entry '{record.Name}'", record.StoredBytes, "it reaches beyond the directory");
        if (!record.Deflated && record.StoredBytes != record.ByteCount)
            throw _reader.Wrong($"size of entry '{record.Name}'", record.ByteCount, $"it is not compressed and takes {record.StoredBytes} bytes");
        if (!_entries.TryAdd(record.Name, new ZipEntry(record.Name, record.Deflated, _reader.Position, record.StoredBytes, record.ByteCount, record.Checksum)))
            throw _reader.Wrong($"entry '{record.Name}'", "given twice", "expected every name once");
    }

    private void CheckExpansion()
    {
        Int128 unpacked = 0;
        foreach (var entry in _entries.Values)
            unpacked += entry.Deflated ? entry.ByteCount : 0;
        if (unpacked > Int128.Max(AlwaysAllowedBytes, (Int128)_file.ByteCount * MostExpansion))
            throw _reader.Wrong("unpacked size of all entries", unpacked,
                $"more than {MostExpansion} times the file's {_file.ByteCount} bytes is refused as a decompression bomb");
    }

    private void CheckOverlaps()
    {
        long end = 0;
        foreach (var entry in _entries.Values.OrderBy(e => e.Offset))
        {
            if (entry.Offset < end)
                throw _reader.Wrong($"offset of entry '{entry.Name}'", entry.Offset, $"it overlaps an entry that ends at {end}");
            end = entry.Offset + entry.StoredBytes;
        }
    }
}
