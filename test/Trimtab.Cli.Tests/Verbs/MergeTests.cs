using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

public sealed class MergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Vectors_are_merged_as_asked_and_the_file_says_how()
    {
        string merged = _folder["merged.safetensors"];
        var report = CommandLine.Run("merge", Vector("a", 1, -4, 3, -2), Vector("b", 5, -1, 1, 2), "--method", "ties", "--weights", "1,2", "--density", "0.5", "-o", merged, "--json").Json();
        Assert.Equal(["file", "directions", "provenance"], report.Select(member => member.Key));
        var vector = SteeringVector.Load(merged);
        Near.Identical([5, -4, 3, 2], vector[HookPoint.ResidPost(0)].Values, "merged");
        Assert.Equal("""{"method":"ties","weights":[1,2],"densities":[0.5,0.5]}""", vector.Provenance.MethodOptions!.Value.GetRawText());
        Assert.Equal(2, vector.Provenance.Sources!.Count);
    }

    [Fact]
    public void Without_a_method_the_mean_is_made() => Assert.Contains("norm 2.000", Merge().Succeeded().Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("--method", "blend", "'blend'")]
    [InlineData("--weights", "1,x", "'x'")]
    [InlineData("--seed", "1", "--seed")]
    [InlineData("--density", "0.5", "no effect")]
    public void What_is_not_understood_or_would_have_no_effect_is_refused(string option, string value, string named) => Merge(option, value).Refused(named);

    private Outcome Merge(params string[] more) => CommandLine.Run(["merge", Vector("a", 4, 0), Vector("b", 0, 0), "-o", _folder["merged.safetensors"], .. more]);

    private string Vector(string name, params float[] values)
    {
        string path = _folder[$"{name}.safetensors"];
        SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From(values))], new Provenance { ImportedFrom = new ImportSource("cast", name, LayerConvention.BlockOutput) }).Save(path);
        return path;
    }
}
