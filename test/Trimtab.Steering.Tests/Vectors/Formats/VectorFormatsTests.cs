using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class VectorFormatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_list_of_formats_is_this_one() => Assert.Equal(
        [
            "trimtab .safetensors block_output read write",
            "gguf .gguf by file read write",
            "persona .pt hs_index read write",
            "refusal-direction .pt block_input read",
            "layer-files .pt by file read write",
            "cast .svec block_output read write",
            "assistant-axis .pt block_output read",
        ],
        VectorFormats.All.Select(f => $"{f.Name} {string.Join(' ', f.Extensions)} {f.Convention?.Name() ?? "by file"} read{(f.CanExport ? " write" : "")}"));

    [Fact]
    public void Every_convention_has_a_name_that_reads_back() =>
        Assert.All(Enum.GetValues<LayerConvention>(), convention => Assert.Equal(convention, LayerConventions.Parse(convention.Name())));

    [Fact]
    public void Our_own_file_is_detected_and_takes_no_options()
    {
        var vector = SomeVector.OfLayers(0, 1);
        Assert.Equal(2, VectorFormats.Export(vector, _folder["v.safetensors"]).Written.Count);
        var back = VectorFormats.Import(_folder["v.safetensors"]);
        Assert.Equal(vector.Provenance, back.Provenance);
        Assert.Contains("It needs none", Assert.Throws<VectorFormatException>(() => VectorFormats.Import(_folder["v.safetensors"], options: new() { LayerCount = 3 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_told_is_asked_for()
    {
        Assert.Throws<FileNotFoundException>(() => VectorFormats.Import(_folder["absent.gguf"]));
        Assert.Contains("'pickle' is not known", Assert.Throws<VectorFormatException>(() => VectorFormats.Find("pickle")).Message, StringComparison.Ordinal);
        Assert.Contains("looks like no known", Assert.Throws<VectorFormatException>(() => VectorFormats.Import(_folder.Write("x.txt", "hello"u8))).Message, StringComparison.Ordinal);
        Assert.Contains("does not tell the format", Assert.Throws<VectorFormatException>(() => VectorFormats.Export(SomeVector.OfLayers(0), _folder["x.pt"])).Message, StringComparison.Ordinal);
        Assert.Contains("can be read but not written", Assert.Throws<VectorFormatException>(() => VectorFormats.Export(SomeVector.OfLayers(0), _folder["x.pt"], "assistant-axis")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.pt")]
    [InlineData("x.gguf")]
    [InlineData("x.safetensors")]
    public void A_damaged_container_is_refused_as_such(string name) =>
        Assert.Contains(name, Assert.Throws<Tensors.Files.TensorFileException>(() => VectorFormats.Import(_folder.Write(name, new byte[100]))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_import_saved_as_our_own_keeps_where_it_came_from()
    {
        var import = VectorFormats.Import(_folder.Write("14.pt", TorchBytes.Of(SomeVector.Values(1), SomeVector.Size)));
        import.Save(_folder["v.safetensors"]);
        var back = SteeringVector.Load(_folder["v.safetensors"]);
        Assert.Equal(import.Provenance, back.Provenance);
        Assert.Equal(("layer-files", "14.pt", LayerConvention.BlockOutput), (back.Provenance.ImportedFrom!.Format, back.Provenance.ImportedFrom.File, back.Provenance.ImportedFrom.Convention));
        Assert.Null(back.Provenance.ModelFingerprint);
    }
}
