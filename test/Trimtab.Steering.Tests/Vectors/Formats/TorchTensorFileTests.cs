using System.IO.Compression;
using System.Text;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class TorchTensorFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Checked once with Python's zipfile and pickletools, and an unpickler that knows these three names alone; not with torch itself.
    [Fact]
    public void The_pickle_is_the_one_that_rebuilds_this_tensor()
    {
        TorchTensorFile.Write(_folder["t.pt"], Tensor.From([1, 2, 3, 4, 5, 6], 2, 3));
        using var zip = ZipFile.OpenRead(_folder["t.pt"]);
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version"], zip.Entries.Select(e => e.FullName));
        Assert.Equal("\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n((X\a\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0" + "0X\u0003\0\0\0cpuJ\u0006\0\0\0tQJ\0\0\0\0(J\u0002\0\0\0J\u0003\0\0\0t(J\u0003\0\0\0J\u0001\0\0\0t\u0089ccollections\nOrderedDict\n)RtR.",
            Encoding.Latin1.GetString(Content(zip, "archive/data.pkl")));
        Assert.Equal("3\n", Encoding.ASCII.GetString(Content(zip, "archive/version")));
        Assert.Equal("little", Encoding.ASCII.GetString(Content(zip, "archive/byteorder")));
        Assert.Equal(new float[] { 1, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes), Content(zip, "archive/data/0"));
    }

    [Fact]
    public void Entries_are_stored_with_right_checksums_and_their_data_at_multiples_of_64()
    {
        TorchTensorFile.Write(_folder["t.pt"], Tensor.From(SomeVector.Values(3, 37)));
        byte[] bytes = File.ReadAllBytes(_folder["t.pt"]);
        using var zip = ZipFile.OpenRead(_folder["t.pt"]);
        foreach (var entry in zip.Entries)
        {
            byte[] content = Content(zip, entry.FullName);
            Assert.Equal((entry.Length, Crc(content)), (entry.CompressedLength, entry.Crc32));
            int header = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[.. "PK\x03\x04"u8, 10, 0]);
            int data = header + 30 + BitConverter.ToUInt16(bytes, header + 26) + BitConverter.ToUInt16(bytes, header + 28);
            Assert.Equal(0, data % 64);
            Assert.Equal(content, bytes.AsSpan(data, content.Length).ToArray());
            bytes.AsSpan(header, 4).Clear();
        }
    }

    [Fact]
    public void The_same_tensor_gives_the_same_bytes()
    {
        TorchTensorFile.Write(_folder["a.pt"], SomeVector.Direction(1));
        TorchTensorFile.Write(_folder["b.pt"], SomeVector.Direction(1));
        Assert.Equal(File.ReadAllBytes(_folder["a.pt"]), File.ReadAllBytes(_folder["b.pt"]));
    }

    private static byte[] Content(ZipArchive zip, string name)
    {
        using var stream = zip.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    // Bit by bit from the polynomial, unlike the table of the writer.
    private static uint Crc(byte[] content)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in content)
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (((crc ^ value >> bit) & 1) == 0 ? 0 : 0xEDB88320);
        return ~crc;
    }
}
