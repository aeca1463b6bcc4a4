using System.Buffers.Binary;
using System.Text;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_hand_made_file_reads_back_its_tensors_and_metadata()
    {
        string path = Make("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""",
            [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes(-7L)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["a", "b"], file.Names);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1.5f, -2f], file["a"].Values.ToArray());
        Assert.Equal([2, 1], file["a"].Shape.ToArray());
        Assert.Equal([-7L], file["b"].As<long>().ToArray());
        Assert.Equal(0, file["b"].Shape.Rank);
    }

    [Fact]
    public void A_tensor_at_an_odd_offset_is_read_and_copied_once()
    {
        string path = Make("""{"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""",
            [9, .. BitConverter.GetBytes(3f), .. BitConverter.GetBytes(4f)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([3f, 4f], file["f"].Values.ToArray());
        Assert.Same(file["f"], file["f"]);
    }

    [Fact]
    public void What_was_written_is_read_again_aligned_and_without_a_temporary_file()
    {
        var bytes = Tensor.Zeros(new Shape(3), DType.U8);
        var floats = Tensor.From([1, 2, 3, 4, 5, 6], 2, 3);
        var empty = Tensor.Zeros(new Shape(0, 4));
        SafetensorsFile.Write(_folder["w.safetensors"], [("bytes", bytes), ("floats", floats), ("empty", empty)], new Dictionary<string, string> { ["k"] = "ü\"\n" });
        using var file = SafetensorsFile.Open(_folder["w.safetensors"]);
        Assert.Equal("ü\"\n", file.Metadata["k"]);
        Assert.Equal(floats.Values.ToArray(), file["floats"].Values.ToArray());
        Assert.Equal([0, 4], file["empty"].Shape.ToArray());
        Assert.Equal(0, file.Entries.Single(e => e.Name == "floats").Offset % 8);
        Assert.Equal(["w.safetensors"], Directory.GetFiles(_folder.Root).Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_as_it_was()
    {
        var kept = Tensor.From([1f]);
        SafetensorsFile.Write(_folder["w.safetensors"], [("kept", kept)]);
        Assert.Throws<TensorException>(() => SafetensorsFile.Write(_folder["w.safetensors"], [("a", kept), ("a", kept)]));
        Assert.Throws<TensorException>(() => SafetensorsFile.Write(_folder["w.safetensors"], [("q", Tensor.Zeros(new Shape(32), DType.Q8_0))]));
        using var file = SafetensorsFile.Open(_folder["w.safetensors"]);
        Assert.Equal(["kept"], file.Names);
    }

    [Fact]
    public void Disposing_the_file_makes_its_tensors_throw()
    {
        SafetensorsFile.Write(_folder["w.safetensors"], [("a", Tensor.From([1f]))]);
        var file = SafetensorsFile.Open(_folder["w.safetensors"]);
        var tensor = file["a"];
        file.Dispose();
        Assert.Throws<TensorException>(() => tensor.Values.ToArray());
    }

    [Fact]
    public void Tensors_of_types_we_cannot_decode_are_listed_and_refused_by_name_when_asked_for()
    {
        string path = Make("""{"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"deep":{"dtype":"U8","shape":[1,1,1,1,1],"data_offsets":[2,3]}}""", [1, 2, 3]);
        using var file = SafetensorsFile.Open(path);
        Assert.Contains("F8_E4M3", Assert.Throws<TensorFileException>(() => file["x"]).Message, StringComparison.Ordinal);
        Assert.Contains("axes", Assert.Throws<TensorFileException>(() => file["deep"]).Message, StringComparison.Ordinal);
        Assert.Contains("missing", Assert.Throws<TensorFileException>(() => file["missing"]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "belongs to none")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "begin ≤ end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "begin ≤ end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "is -2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "is 2.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "99999999999999999999")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}}""", "4611686018427387904")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", "4611686018427387904")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}""", "9223372036854775807")]
    [InlineData("""{"a":{"dtype":"Q99","shape":[2],"data_offsets":[0,8]}}""", "'Q99'")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "dtype of tensor 'a' is 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":{},"data_offsets":[0,8]}}""", "shape of tensor 'a' is an object")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "shape is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}""", "extra of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "given twice")]
    [InlineData("""{"a":[]}""", "entry 'a' is an array")]
    [InlineData("""{"__metadata__":{"k":1}}""", "__metadata__.k")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", "given twice")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", "header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[[[[[[[2]]]]]]]]],"data_offsets":[0,8]}}""", "shape")]
    [InlineData("""[]""", "start of the header")]
    [InlineData("""{""", "header")]
    [InlineData("", "start of the header")]
    public void A_lying_header_is_refused_by_field(string header, string expected)
    {
        string path = Make(header, new byte[8]);
        var error = Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(9UL)]
    public void A_header_length_that_lies_is_refused_with_its_value(ulong length)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        var error = Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(_folder.Write("x.safetensors", bytes)));
        Assert.Equal("header length", error.Field);
        Assert.Contains($"{length}", error.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_refused()
    {
        byte[] header = [.. "{\""u8, 0xFF, 0xFE, .. "\":1}"u8];
        var error = Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(_folder.Write("x", [.. BitConverter.GetBytes((long)header.Length), .. header])));
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absurd_value_is_shown_short_and_printable()
    {
        string name = new('n', 5000);
        var error = Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(Make("{\"" + name + "\\u001b[31m\":{\"dtype\":\"\\u0007\",\"shape\":[],\"data_offsets\":[0,0]}}", [])));
        Assert.True(error.Message.Length < 1000, error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void Every_prefix_of_a_file_is_refused() =>
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.safetensors", Small(), ReadAll);

    [Fact]
    public void Random_damage_is_read_or_refused() =>
        HostileFiles.DamageIsReadOrRefused(_folder, "damaged.safetensors", Small(), rounds: 1500, seed: 1, ReadAll);

    [Fact]
    public void A_folder_and_a_missing_file_are_told_apart()
    {
        Assert.Contains("folder", Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(_folder.Root)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(_folder["none.safetensors"]));
    }

    [Fact]
    public void Every_published_reference_file_opens_and_reads()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string[] files = Directory.GetFiles(Path.Combine(Repository.Shared, "golden"), "*.safetensors", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string path in files)
            ReadAll(path);
    }

    public void Dispose() => _folder.Dispose();

    private static void ReadAll(string path)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (string name in file.Names)
        {
            var tensor = file[name];
            for (int row = 0; row < tensor.RowCount; row++)
                Assert.Equal(tensor.DType.ByteCount(tensor.Columns), tensor.RowBytes(row).ToArray().Length);
        }
    }

    private byte[] Small()
    {
        string path = _folder["small.safetensors"];
        SafetensorsFile.Write(path, [("a", Tensor.From([1, 2, 3, 4], 2, 2)), ("b", Tensor.Zeros(new Shape(3), DType.U8))], new Dictionary<string, string> { ["k"] = "v" });
        return File.ReadAllBytes(path);
    }

    private string Make(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return _folder.Write("made.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);
    }
}
