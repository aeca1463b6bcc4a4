using System.IO.Compression;
using System.Text;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_hand_made_file_reads_metadata_and_reverses_shapes()
    {
        var gguf = new GgufBytes(tensors: 1, pairs: 2).Pair("general.name", 8, GgufBytes.Text("tiny")).Pair("n", 5, BitConverter.GetBytes(-3))
            .Entry("w", [3, 2], type: 0, offset: 0).Align(32).Floats(1, 2, 3, 4, 5, 6);
        using var file = GgufFile.Open(Save(gguf));
        Assert.Equal("tiny", file.Metadata["general.name"]);
        Assert.Equal(-3, file.Metadata["n"]);
        Assert.Equal([2, 3], file["w"].Shape.ToArray());
        Assert.Equal([4f, 5f, 6f], file["w"].Row(1).ToArray());
        Assert.Equal(3u, file.Version);
    }

    [Fact]
    public void All_value_types_and_tensors_survive_writing_and_reading()
    {
        var metadata = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama", ["u8"] = (byte)200, ["i8"] = (sbyte)-5, ["u16"] = (ushort)60000, ["i16"] = (short)-600, ["u32"] = 4000000000u, ["i32"] = -7,
            ["u64"] = ulong.MaxValue, ["i64"] = long.MinValue, ["f32"] = 1.25f, ["f64"] = Math.PI, ["yes"] = true, ["text"] = "Grüße\0",
            ["strings"] = new[] { "a", "", "ß" }, ["floats"] = new[] { 1f, 2f }, ["bools"] = new[] { true, false }, ["bytes"] = new byte[] { 1, 2 },
            ["nested"] = new object[] { new[] { 1, 2 }, new[] { "x" } }, ["none"] = Array.Empty<uint>(), ["general.alignment"] = 64u,
        };
        var quantised = Tensor.Zeros(new Shape(2, 32), DType.Q8_0);
        quantised.RowBytes(1)[2] = 77;
        GgufWriter.Write(_folder["w.gguf"], metadata, [("a.weight", Tensor.From([1, 2, 3], 3, 1)), ("q", quantised), ("scalar", Tensor.Zeros(new Shape()))]);
        using var file = GgufFile.Open(_folder["w.gguf"]);
        Assert.Equal(metadata, file.Metadata);
        foreach (var (key, value) in metadata)
            Assert.Equal(value.GetType(), file.Metadata[key].GetType());
        Assert.Equal([3, 1], file["a.weight"].Shape.ToArray());
        Assert.Equal(77, file["q"].RowBytes(1)[2]);
        Assert.Equal(DType.Q8_0, file["q"].DType);
        Assert.All(file.Entries, e => Assert.Equal(0, e.Offset % 64));
    }

    [Fact]
    public void Types_we_cannot_decode_are_listed_and_refused_by_name_when_asked_for()
    {
        var gguf = new GgufBytes(tensors: 2, pairs: 0).Entry("iq", [256], type: 17, offset: 0).Entry("new", [4], type: 999, offset: 96).Align(32).Floats(new float[40]);
        using var file = GgufFile.Open(Save(gguf));
        Assert.Equal(["iq", "new"], file.Names);
        Assert.Contains("IQ2_XS", Assert.Throws<TensorFileException>(() => file["iq"]).Message, StringComparison.Ordinal);
        Assert.Contains("999", Assert.Throws<TensorFileException>(() => file["new"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlaps_gaps_beyond_the_end_and_odd_offsets_are_refused()
    {
        Refused(new GgufBytes(2, 0).Entry("a", [16], 0, 0).Entry("b", [16], 0, 32).Align(32).Floats(new float[64]), "overlaps tensor 'a'");
        Refused(new GgufBytes(1, 0).Entry("a", [64], 0, 0).Align(32).Floats(new float[63]), "ends beyond");
        Refused(new GgufBytes(1, 0).Entry("a", [1], 0, 16).Align(32).Floats(new float[64]), "offset of tensor 'a' is 16");
        Refused(new GgufBytes(1, 0).Entry("a", [1], 0, ulong.MaxValue - 31).Align(32).Floats(1), "offset of tensor 'a'");
    }

    [Fact]
    public void Lying_counts_shapes_and_names_are_refused()
    {
        Refused(new GgufBytes(ulong.MaxValue, 0), "tensor count is 18446744073709551615");
        Refused(new GgufBytes(0, 1UL << 62), "metadata count is 4611686018427387904");
        Refused(new GgufBytes(2, 0).Entry("a", [1], 0, 0).Entry("a", [1], 0, 32).Align(32).Floats(new float[64]), "tensor 'a' is given twice");
        Refused(new GgufBytes(1, 0).Entry("a", [ulong.MaxValue], 0, 0).Align(32), "size of an axis");
        Refused(new GgufBytes(1, 0).Entry("a", [1UL << 40, 1UL << 40], 0, 0).Align(32), "shape of tensor 'a'");
        Refused(new GgufBytes(1, 0).Entry("a", [1UL << 62], 0, 0).Align(32), "shape of tensor 'a'");
        Refused(new GgufBytes(1, 0).Entry("a", [33], 8, 0).Align(32).Floats(new float[64]), "whole blocks of 32");
        Refused(new GgufBytes(1, 0).Entry("a", [1, 1, 1, 1, 1], 0, 0).Align(32).Floats(1), "number of axes of tensor 'a' is 5");
        Refused(new GgufBytes(0, 2).Pair("k", 7, [1]).Pair("k", 7, [1]), "metadata 'k' is given twice");
    }

    [Fact]
    public void Lying_metadata_values_are_refused()
    {
        Refused(new GgufBytes(0, 1).Pair("k", 13, [1]), "type of metadata 'k' is 13");
        Refused(new GgufBytes(0, 1).Pair("k", 7, [2]), "metadata 'k' is 2");
        Refused(new GgufBytes(0, 1).Pair("k", 8, BitConverter.GetBytes(1L << 40)), "length of metadata 'k'");
        Refused(new GgufBytes(0, 1).Pair("k", 8, [.. BitConverter.GetBytes(2L), 0xC3, 0x28]), "UTF-8");
        Refused(new GgufBytes(0, 1).Pair("k", 9, [.. BitConverter.GetBytes(10), .. BitConverter.GetBytes(1L << 61)]), "length of array metadata 'k'");
        Refused(new GgufBytes(0, 1).Pair("k", 9, [.. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 5000).SelectMany(b => b)]), "nested");
        Refused(new GgufBytes(0, 1).Pair("general.alignment", 4, BitConverter.GetBytes(0)), "general.alignment is 0");
        Refused(new GgufBytes(0, 1).Pair("general.alignment", 4, BitConverter.GetBytes(48)), "general.alignment is 48");
        Refused(new GgufBytes(0, 1).Pair("general.alignment", 8, GgufBytes.Text("32")), "general.alignment");
    }

    [Fact]
    public void Other_versions_byte_orders_and_formats_are_refused_by_name()
    {
        Refused(new GgufBytes(0, 0, version: 0x03000000), "big-endian");
        Refused(new GgufBytes(0, 0, version: 1), "version is 1");
        Refused(new GgufBytes(0, 0, version: 4), "version is 4");
        Assert.Contains("not a GGUF file", Assert.Throws<TensorFileException>(() => GgufFile.Open(_folder.Write("x.gguf", "GGML0000"u8))).Message, StringComparison.Ordinal);
        using var second = GgufFile.Open(Save(new GgufBytes(0, 0, version: 2)));
        Assert.Equal(2u, second.Version);
    }

    [Fact]
    public void A_split_file_opens_as_one_through_its_first_part()
    {
        WritePart(0, [("a", Tensor.From([1f]))]);
        WritePart(1, [("b", Tensor.From([2f]))]);
        using (var file = GgufFile.Open(Part(0)))
        {
            Assert.Equal(["a", "b"], file.Names);
            Assert.Equal(2f, file["b"].Values[0]);
        }
        Assert.Contains("first part", Assert.Throws<TensorFileException>(() => GgufFile.Open(Part(1))).Message, StringComparison.Ordinal);
        File.Copy(Part(0), _folder["renamed.gguf"]);
        Assert.Contains("-00001-of-00002.gguf", Assert.Throws<TensorFileException>(() => GgufFile.Open(_folder["renamed.gguf"])).Message, StringComparison.Ordinal);
        WritePart(1, [("a", Tensor.From([2f]))]);
        Assert.Contains("given twice", Assert.Throws<TensorFileException>(() => GgufFile.Open(Part(0))).Message, StringComparison.Ordinal);
        File.Delete(Part(1));
        Assert.Contains("-00002-of-00002.gguf is missing", Assert.Throws<TensorFileException>(() => GgufFile.Open(Part(0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_prefix_of_a_file_is_refused() => HostileFiles.EveryPrefixIsRefused(_folder, "cut.gguf", Small(), ReadAll);

    [Fact]
    public void Random_damage_is_read_or_refused() => HostileFiles.DamageIsReadOrRefused(_folder, "damaged.gguf", Small(), rounds: 1500, seed: 2, ReadAll);

    [Fact]
    public void Published_vocabulary_files_read_with_all_their_metadata()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string[] files = Directory.GetFiles(Path.Combine(Repository.Shared, "golden", "tokenizers", "llama.cpp"), "*.gguf.gz");
        Assert.NotEmpty(files);
        foreach (string packed in files)
        {
            using (var source = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress))
            using (var target = File.Create(_folder["vocabulary.gguf"]))
                source.CopyTo(target);
            using var file = GgufFile.Open(_folder["vocabulary.gguf"]);
            string[] tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
            int[] kinds = Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"]);
            Assert.Equal(tokens.Length, kinds.Length);
            Assert.True(tokens.Length > 30_000);
            RewriteIsIdentical(file);
        }
    }

    public void Dispose() => _folder.Dispose();

    // Metadata types, order and all: a file of metadata alone comes out byte for byte as it was, up to its version.
    private void RewriteIsIdentical(GgufFile file)
    {
        if (file.Names.Count > 0 || file.Version != 3)
            return;
        GgufWriter.Write(_folder["rewritten.gguf"], file.Metadata, []);
        byte[] original = File.ReadAllBytes(_folder["vocabulary.gguf"]), rewritten = File.ReadAllBytes(_folder["rewritten.gguf"]);
        int common = Math.Min(original.Length, rewritten.Length);
        Assert.True(original.AsSpan(0, common).SequenceEqual(rewritten.AsSpan(0, common)));
        Assert.InRange(Math.Abs(original.Length - rewritten.Length), 0, 31);
    }

    private static void ReadAll(string path)
    {
        using var file = GgufFile.Open(path);
        foreach (string name in file.Names)
        {
            var tensor = file[name];
            for (int row = 0; row < tensor.RowCount; row++)
                Assert.Equal(tensor.DType.ByteCount(tensor.Columns), tensor.RowBytes(row).ToArray().Length);
        }
    }

    private byte[] Small()
    {
        GgufWriter.Write(_folder["small.gguf"], new Dictionary<string, object> { ["general.name"] = "n", ["list"] = new[] { "a", "b" }, ["f"] = new[] { 1f } },
            [("a", Tensor.From([1, 2, 3, 4], 2, 2)), ("b", Tensor.Zeros(new Shape(1, 32), DType.Q4_0))]);
        byte[] bytes = File.ReadAllBytes(_folder["small.gguf"]);
        // Without the padding after the last tensor, which may be cut off without loss.
        return bytes[..^14];
    }

    private string Part(int number) => _folder[$"m-0000{number + 1}-of-00002.gguf"];

    private void WritePart(ushort number, (string, Tensor)[] tensors) => GgufWriter.Write(Part(number),
        new Dictionary<string, object> { ["split.no"] = number, ["split.count"] = (ushort)2, ["split.tensors.count"] = 2 }, tensors);

    private string Save(GgufBytes gguf) => _folder.Write("made.gguf", gguf.ToArray());

    private void Refused(GgufBytes gguf, string expected)
    {
        var error = Assert.Throws<TensorFileException>(() => GgufFile.Open(Save(gguf)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("made.gguf", error.Message, StringComparison.Ordinal);
    }
}

/// <summary>Composes GGUF bytes field by field, so that tests can lie in each of them; independent of the writer.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    public GgufBytes(ulong tensors, ulong pairs, uint version = 3) =>
        _bytes.AddRange([.. "GGUF"u8, .. BitConverter.GetBytes(version), .. BitConverter.GetBytes(tensors), .. BitConverter.GetBytes(pairs)]);

    public static byte[] Text(string text) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public GgufBytes Pair(string key, uint type, byte[] value) => Append([.. Text(key), .. BitConverter.GetBytes(type), .. value]);

    public GgufBytes Entry(string name, ulong[] sizes, uint type, ulong offset) =>
        Append([.. Text(name), .. BitConverter.GetBytes(sizes.Length), .. sizes.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);

    public GgufBytes Align(int alignment) => Append(new byte[(alignment - _bytes.Count % alignment) % alignment]);

    public GgufBytes Floats(params float[] values) => Append([.. values.SelectMany(BitConverter.GetBytes)]);

    public byte[] ToArray() => [.. _bytes];

    private GgufBytes Append(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
