using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class TensorFileSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_with_one_file_opens_it()
    {
        SafetensorsFile.Write(_folder["model.safetensors"], [("a", Tensor.From([1f]))]);
        using var set = TensorFileSet.Open(_folder.Root);
        Assert.Equal(["a"], set.Names);
        Assert.Equal(1f, set["a"].Values[0]);
        Assert.Equal(1, set.FileCount);
    }

    [Fact]
    public void Shards_open_as_one_in_the_order_of_the_index()
    {
        WriteShards();
        WriteIndex("""{"metadata":{"total_size":8},"weight_map":{"b":"s2.safetensors","a":"s1.safetensors"}}""");
        using var set = TensorFileSet.Open(_folder.Root);
        Assert.Equal(["b", "a"], set.Names);
        Assert.Equal(2f, set["b"].Values[0]);
        Assert.Equal(1f, set["a"].Values[0]);
        Assert.Equal(2, set.FileCount);
        Assert.Contains("'c'", Assert.Throws<TensorFileException>(() => set["c"]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"s1.safetensors"}}""", null)]
    [InlineData("""{"weight_map":{"a":"s2.safetensors","b":"s2.safetensors"}}""", "no such tensor")]
    [InlineData("""{"weight_map":{"b":"s1.safetensors"}}""", "not in the index")]
    [InlineData("""{"weight_map":{"a":"s1.safetensors","b":"s1.safetensors"}}""", "no such tensor")]
    [InlineData("""{"weight_map":{"a":"s1.safetensors","a":"s1.safetensors"}}""", "content")]
    [InlineData("""{"weight_map":{"a":"../s1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"..\\s1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":".."}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":""}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"s9.safetensors"}}""", "download is incomplete")]
    [InlineData("""{"weight_map":{"a":"model.safetensors.index.json"}}""", "extension")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map['a'] is Number")]
    [InlineData("""{"weight_map":[]}""", "weight_map is Array")]
    [InlineData("""{"weight_map":{},"other":1}""", "'other'")]
    [InlineData("""{}""", "weight_map is missing")]
    [InlineData("""[]""", "content is Array")]
    [InlineData("""{"weight_map":""", "content")]
    [InlineData("", "content")]
    public void An_index_that_contradicts_its_shards_is_refused(string index, string? expected)
    {
        WriteShards();
        WriteIndex(index);
        if (expected is null)
            TensorFileSet.Open(_folder.Root).Dispose();
        else
            Assert.Contains(expected, Assert.Throws<TensorFileException>(() => TensorFileSet.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        SafetensorsFile.Write(_folder["s1.safetensors"], [("a", Tensor.From([1f]))]);
        SafetensorsFile.Write(_folder["s2.safetensors"], [("a", Tensor.From([1f])), ("b", Tensor.From([1f]))]);
        WriteIndex("""{"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}""");
        Assert.Contains("says it is in s1.safetensors", Assert.Throws<TensorFileException>(() => TensorFileSet.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_says_what_it_looked_for() =>
        Assert.Contains("model.safetensors", Assert.Throws<TensorFileException>(() => TensorFileSet.Open(_folder.Root)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_real_sharded_checkpoint_opens_with_its_three_types()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        using var set = TensorFileSet.Open(Path.Combine(Repository.Shared, "golden", "llama_bf16_sharded"));
        Assert.Equal(2, set.FileCount);
        Assert.Equal([DType.F32, DType.F16, DType.BF16], set.Names.Select(n => set[n].DType).Distinct().Order());
    }

    public void Dispose() => _folder.Dispose();

    private void WriteShards()
    {
        SafetensorsFile.Write(_folder["s1.safetensors"], [("a", Tensor.From([1f]))]);
        SafetensorsFile.Write(_folder["s2.safetensors"], [("b", Tensor.From([2f]))]);
    }

    private void WriteIndex(string json) => File.WriteAllText(_folder["model.safetensors.index.json"], json);
}
