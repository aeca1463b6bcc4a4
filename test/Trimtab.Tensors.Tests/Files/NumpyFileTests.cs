using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class NumpyFileTests : IDisposable
{
    // Written by Python's zipfile: m.npy, deflated, '<f4', column-major (2, 3), elements 1 4 2 5 3 6.
    private const string DeflatedByPython =
        "UEsDBBQAAAAIAAAAIQCyZ90jVwAAAJgAAAAFAAAAbS5ucHmb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CsaaOgq1CuQDLgaGBnsgdmBgYADiBUDsAMQHHABQSwEC"
        + "FAMUAAAACAAAACEAsmfdI1cAAACYAAAABQAAAAAAAAAAAAAAgAEAAAAAbS5ucHlQSwUGAAAAAAEAAQAzAAAAegAAAAAA";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_hand_made_array_reads_row_major()
    {
        var tensor = NpyFile.Read(_folder.Write("a.npy", Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", Floats(1, 2, 3, 4))));
        Assert.Equal([2, 2], tensor.Shape.ToArray());
        Assert.Equal([1f, 2f, 3f, 4f], tensor.Values.ToArray());
    }

    [Fact]
    public void A_column_major_array_is_turned_round()
    {
        var tensor = NpyFile.Read(_folder.Write("a.npy", Array("{'shape': (2, 3, 2), 'fortran_order': True, \"descr\": '<f4'}", Floats(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11))));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), tensor.Values.ToArray());
    }

    [Theory]
    [InlineData("<f2", DType.F16)]
    [InlineData("<f8", DType.F64)]
    [InlineData("|i1", DType.I8)]
    [InlineData("<i2", DType.I16)]
    [InlineData("<i4", DType.I32)]
    [InlineData("<i8", DType.I64)]
    [InlineData("|u1", DType.U8)]
    [InlineData("|b1", DType.Bool)]
    public void Every_supported_type_reads_and_writes(string descr, DType type)
    {
        byte[] elements = [.. Enumerable.Range(0, 2 * type.BlockBytes()).Select(i => (byte)i)];
        var tensor = NpyFile.Read(_folder.Write("a.npy", Array($"{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}", elements)));
        Assert.Equal(type, tensor.DType);
        Assert.Equal(elements, tensor.RowBytes(0).ToArray());
        NpyFile.Write(_folder["b.npy"], tensor);
        Assert.Equal(0, (File.ReadAllBytes(_folder["b.npy"]).Length - elements.Length) % 64);
        Assert.Equal(elements, NpyFile.Read(_folder["b.npy"]).RowBytes(0).ToArray());
    }

    [Fact]
    public void Scalars_and_empty_arrays_keep_their_shape()
    {
        NpyFile.Write(_folder["s.npy"], Tensor.From([5f]).Reshape(new Shape()));
        Assert.Equal(0, NpyFile.Read(_folder["s.npy"]).Shape.Rank);
        NpyFile.Write(_folder["e.npy"], Tensor.Zeros(new Shape(3, 0)));
        Assert.Equal([3, 0], NpyFile.Read(_folder["e.npy"]).Shape.ToArray());
        Assert.Throws<TensorException>(() => NpyFile.Write(_folder["q.npy"], Tensor.Zeros(new Shape(32), DType.Q8_0)));
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "big-endian")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "'<c8'")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "'|O'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "records and objects")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "shape of array 'a' is (3) <f4")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "'-2'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "'99999999999999999999'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904), }", "shape of array 'a'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", "the key 'more'")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "the key 'descr'")]
    [InlineData("{'descr': '<f4', 'shape': (2,)}", "incomplete")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "True or False")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + 1", "after the dictionary")]
    [InlineData("__import__('os').system('true')", "expected '{'")]
    [InlineData("{'descr': '<f4", "closing quote")]
    [InlineData("", "expected '{'")]
    public void A_lying_header_is_refused_by_field(string header, string expected)
    {
        var error = Assert.Throws<TensorFileException>(() => NpyFile.Read(_folder.Write("a.npy", Array(header, new byte[8]))));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("a.npy", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_lengths_and_versions_that_lie_are_refused()
    {
        Assert.Contains("header length", Assert.Throws<TensorFileException>(() => NpyFile.Read(_folder.Write("a.npy", [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255]))).Message, StringComparison.Ordinal);
        Assert.Contains("version", Assert.Throws<TensorFileException>(() => NpyFile.Read(_folder.Write("a.npy", [0x93, .. "NUMPY"u8, 9, 0, 0, 0]))).Message, StringComparison.Ordinal);
        Assert.Contains("magic", Assert.Throws<TensorFileException>(() => NpyFile.Read(_folder.Write("a.npy", new byte[100]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_written_elsewhere_unpacks_and_turns_round()
    {
        using var file = NpzFile.Open(_folder.Write("a.npz", Convert.FromBase64String(DeflatedByPython)));
        Assert.Equal(["m"], file.Names);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], file["m"].Values.ToArray());
        Assert.Contains("'n'", Assert.Throws<TensorFileException>(() => file["n"]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Stored_and_deflated_entries_read_alike(CompressionLevel level)
    {
        using var file = NpzFile.Open(_folder.Write("a.npz", Archive(level, ("x.npy", Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Floats(1, 2))),
            ("y.npy", Array("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", BitConverter.GetBytes(-5L))))));
        Assert.Equal(["x", "y"], file.Names);
        Assert.Equal([1f, 2f], file["x"].Values.ToArray());
        Assert.Equal([-5L], file["y"].As<long>().ToArray());
    }

    [Fact]
    public void A_changed_element_is_noticed_by_its_checksum()
    {
        byte[] archive = Archive(CompressionLevel.NoCompression, ("x.npy", Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Floats(1, 2))));
        archive[archive.AsSpan().IndexOf(Floats(2)) + 1] ^= 1;
        using var file = NpzFile.Open(_folder.Write("a.npz", archive));
        Assert.Contains("checksum of entry 'x.npy'", Assert.Throws<TensorFileException>(() => file["x"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decompression_bomb_is_refused_before_it_unpacks()
    {
        byte[] bomb = Archive(CompressionLevel.Optimal, ("x.npy", Array("{'descr': '|u1', 'fortran_order': False, 'shape': (100000000,), }", new byte[100_000_000])));
        string path = _folder.Write("bomb.npz", bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("bomb", Assert.Throws<TensorFileException>(() => NpzFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void An_entry_that_unpacks_to_another_size_than_declared_is_refused()
    {
        byte[] archive = Archive(CompressionLevel.Optimal, ("x.npy", Array("{'descr': '|u1', 'fortran_order': False, 'shape': (50,), }", new byte[50])));
        int record = archive.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        int declared = BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(record + 24));
        foreach (int lie in (int[])[declared - 1, declared + 1, declared * 1000])
        {
            BinaryPrimitives.WriteInt32LittleEndian(archive.AsSpan(record + 24), lie);
            Assert.Throws<TensorFileException>(() => ReadArchive(_folder.Write("lie.npz", archive)));
        }
    }

    [Fact]
    public void Duplicate_overlapping_and_foreign_entries_are_refused()
    {
        byte[] array = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", Floats(1));
        RefusedArchive(Archive(CompressionLevel.NoCompression, ("x.npy", array), ("x.npy", array)), "given twice");
        RefusedArchive(Archive(CompressionLevel.NoCompression, ("readme.txt", array)), "not an array");
        byte[] overlapping = Archive(CompressionLevel.NoCompression, ("x.npy", array), ("y.npy", array));
        int second = overlapping.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteInt32LittleEndian(overlapping.AsSpan(second + 42), 0);
        RefusedArchive(overlapping, "names another entry");
        RefusedArchive([.. "PK\u0005\u0006"u8, 0, 0, 0, 0, 255, 254, 255, 254, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "number of zip entries is 65279");
        RefusedArchive([.. "PK\u0005\u0006"u8, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "64-bit end");
        RefusedArchive(new byte[1000], "no end record");
    }

    [Fact]
    public void Every_prefix_of_an_array_and_of_an_archive_is_refused()
    {
        byte[] array = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Floats(1, 2));
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.npy", array, path => NpyFile.Read(path));
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.npz", Archive(CompressionLevel.NoCompression, ("x.npy", array)), ReadArchive);
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.npz", Archive(CompressionLevel.Optimal, ("x.npy", array)), ReadArchive);
    }

    [Fact]
    public void Random_damage_is_read_or_refused()
    {
        byte[] array = Array("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", Floats(1, 2, 3, 4));
        HostileFiles.DamageIsReadOrRefused(_folder, "damaged.npy", array, rounds: 1500, seed: 3, path => NpyFile.Read(path));
        HostileFiles.DamageIsReadOrRefused(_folder, "damaged.npz", Archive(CompressionLevel.Optimal, ("x.npy", array), ("y.npy", array)), rounds: 1500, seed: 4, ReadArchive);
    }

    [Fact]
    public void A_published_autoencoder_agrees_with_its_safetensors_copy()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string folder = Path.Combine(Repository.Shared, "golden", "sae_jumprelu");
        using var npz = NpzFile.Open(Path.Combine(folder, "params.npz"));
        using var copy = SafetensorsFile.Open(Path.Combine(folder, "sae_weights.safetensors"));
        Assert.Equal(["W_enc", "b_enc", "W_dec", "b_dec", "threshold"], npz.Names);
        foreach (string name in npz.Names.Where(copy.Contains))
            Assert.Equal(copy[name].Values.ToArray(), npz[name].Values.ToArray());
        Assert.Contains(npz.Names, copy.Contains);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Array(string header, byte[] data) =>
        [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)header.Length), .. Encoding.Latin1.GetBytes(header), .. data];

    private static byte[] Archive(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
                using (var entry = zip.CreateEntry(name, level).Open())
                    entry.Write(content);
        return stream.ToArray();
    }

    private static void ReadArchive(string path)
    {
        using var file = NpzFile.Open(path);
        foreach (string name in file.Names)
            Assert.NotNull(file[name]);
    }

    private void RefusedArchive(byte[] bytes, string expected)
    {
        var error = Assert.Throws<TensorFileException>(() => ReadArchive(_folder.Write("bad.npz", bytes)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
