using System.Text;
using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class CastFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_is_the_output_of_its_block()
    {
        var vector = Import("""{"model_type": "llama", "directions": {"10": [100.25, 1e-3], "2": [0.1, -3]}, "explained_variances": {"10": 0.5, "2": 0.25}}""");
        Assert.Equal([2, 10], vector.Layers);
        Near.Identical([0.1f, -3], vector[HookPoint.ResidPost(2)].Values, "2");
        Near.Identical([100.25f, 1e-3f], vector[HookPoint.ResidPost(10)].Values, "10");
        var source = vector.Provenance.ImportedFrom!;
        Assert.Equal(LayerConvention.BlockOutput, source.Convention);
        Assert.Equal("llama", source.Metadata!.Value.GetProperty("model_type").GetString());
        Assert.Equal(0.25, source.Metadata.Value.GetProperty("explained_variances").GetProperty("2").GetDouble());
    }

    [Theory]
    [InlineData("""{"model_type": "llama"}""", "directions")]
    [InlineData("""{"directions": [1]}""", "directions")]
    [InlineData("""{"directions": {}}""", "no direction")]
    [InlineData("""{"directions": {"1": [1, NaN]}}""", "numbers are finite")]
    [InlineData("""{"directions": {"1": [1, 1e400]}}""", "blocks.1.resid_post")]
    [InlineData("""{"directions": {"1": [1, "2"]}}""", "array of numbers")]
    [InlineData("""{"directions": {"1": 2}}""", "array of numbers")]
    [InlineData("""{"directions": {"1": []}}""", "one axis")]
    [InlineData("""{"directions": {"-1": [1]}}""", "'-1'")]
    [InlineData("""{"directions": {"01": [1]}}""", "'01'")]
    [InlineData("""{"directions": {"1": [1], "1": [2]}}""", "come once")]
    [InlineData("""{"directions": {"1": [1, 2], "2": [1, 2, 3]}}""", "the others have 2")]
    [InlineData("""{"directions": {"1": [1]}, "layers": 3}""", "'layers'")]
    [InlineData("""{"directions": {"1": [1]}""", "JSON")]
    public void Damaged_files_are_refused(string json, string named) =>
        Assert.Contains(named, Assert.Throws<VectorFormatException>(() => Import(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_export_has_the_members_that_the_tool_reads_and_comes_back_bit_for_bit()
    {
        var report = VectorFormats.Export(SomeVector.OfLayers(0, 2).Scaled(1 / 3f), _folder["v.svec"], options: new() { ModelHint = "qwen2" });
        Assert.Contains("input of block L", Assert.Single(report.Notes), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["v.svec"]));
        Assert.Equal(["model_type", "directions", "explained_variances"], json.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal("qwen2", json.RootElement.GetProperty("model_type").GetString());
        var back = VectorFormats.Import(_folder["v.svec"]);
        foreach (int layer in (int[])[0, 2])
            Near.Identical(SomeVector.OfLayers(layer).Scaled(1 / 3f)[HookPoint.ResidPost(layer)].Values, back[HookPoint.ResidPost(layer)].Values, "back");
    }

    private SteeringVector Import(string json) => VectorFormats.Import(_folder.Write("x.svec", Encoding.UTF8.GetBytes(json)));
}
