using System.Text;
using Trimtab.Tensors.Files;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

/// <summary>Archives with the 64-bit extensions, which every torch file beyond 4 GiB needs; composed by hand so that a small one can have them.</summary>
public sealed class Zip64Tests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Sizes_offsets_and_counts_in_the_extensions_are_used()
    {
        using var file = NpzFile.Open(_folder.Write("a.npz", Archive(extended: [152, 152, 0])));
        Assert.Equal([1.5f, 2.5f], file["x"].Values.ToArray());
    }

    [Theory]
    [InlineData(long.MaxValue, 152, 0, "size of entry 'x.npy' is 9223372036854775807")]
    [InlineData(152, long.MaxValue, 0, "compressed size of entry 'x.npy' is 9223372036854775807")]
    [InlineData(-1, 152, 0, "sizes of entry 'x.npy'")]
    [InlineData(152, 152, 1L << 62, "offset of entry 'x.npy' is 4611686018427387904")]
    public void Extensions_that_lie_are_refused(long unpacked, long stored, long offset, string expected)
    {
        string path = _folder.Write("a.npz", Archive(extended: [unpacked, stored, offset]));
        Assert.Contains(expected, Assert.Throws<TensorFileException>(() => NpzFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_extension_is_refused()
    {
        string path = _folder.Write("a.npz", Archive(extended: [152, 152]));
        Assert.Contains("64-bit sizes", Assert.Throws<TensorFileException>(() => NpzFile.Open(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // One stored entry; the directory's 32-bit fields are all ones and the values stand in the extensions.
    private static byte[] Archive(long[] extended)
    {
        string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".PadRight(133) + "\n";
        byte[] array = [0x93, .. "NUMPY"u8, 1, 0, 134, 0, .. Encoding.Latin1.GetBytes(header), .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(2.5f)];
        byte[] checksum = BitConverter.GetBytes(Checksum(array)), ones = [255, 255, 255, 255], name = "x.npy"u8.ToArray();
        byte[] local = [.. "PK\u0003\u0004"u8, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. checksum, .. ones, .. ones, 5, 0, 0, 0, .. name, .. array];
        byte[] extra = [1, 0, (byte)(8 * extended.Length), 0, .. extended.SelectMany(BitConverter.GetBytes)];
        byte[] record = [.. "PK\u0001\u0002"u8, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. checksum, .. ones, .. ones, 5, 0, (byte)extra.Length, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            .. ones, .. name, .. extra];
        byte[] end64 = [.. "PK\u0006\u0006"u8, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(1L),
            .. BitConverter.GetBytes((long)record.Length), .. BitConverter.GetBytes((long)local.Length)];
        byte[] locator = [.. "PK\u0006\u0007"u8, 0, 0, 0, 0, .. BitConverter.GetBytes((long)(local.Length + record.Length)), 1, 0, 0, 0];
        byte[] end = [.. "PK\u0005\u0006"u8, 0, 0, 0, 0, 255, 255, 255, 255, .. ones, .. ones, 0, 0];
        return [.. local, .. record, .. end64, .. locator, .. end];
    }

    // CRC-32 bit by bit, as its definition reads.
    private static uint Checksum(byte[] bytes)
    {
        uint crc = ~0u;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
