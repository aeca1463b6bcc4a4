using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>Conversions that lose nothing give the same logits; options that belong to the other kind of file are refused.</summary>
public sealed class ConvertTests
{
    private const string Ids = "1,2,3,4,5";

    private static readonly string Llama = ReferenceModel.Folder("llama");

    [Fact]
    public void A_model_gives_the_same_logits_from_gguf_and_back_from_a_folder()
    {
        using var folder = new TemporaryFolder();
        string gguf = folder["llama.gguf"], back = folder["back"];
        string original = Logits(Llama);
        var report = CommandLine.Run("convert", Llama, "-o", gguf, "--json").Json();
        Assert.Equal(["file", "types", "notes"], report.Select(member => member.Key));
        Assert.Equal(original, Logits(gguf));
        CommandLine.Run("convert", gguf, "-o", back).Succeeded();
        Assert.Equal(original, Logits(back));
        Assert.Equal("model", CommandLine.Run("inspect", gguf, "--json").Json()["kind"]!.GetValue<string>());
    }

    [Fact]
    public void A_vector_is_the_same_after_gguf_and_back()
    {
        using var folder = new TemporaryFolder();
        string vector = Vector(folder), gguf = folder["v.gguf"], back = folder["back.safetensors"];
        var report = CommandLine.Run("convert", vector, "-o", gguf, "--json").Json();
        Assert.Equal(["blocks.1.resid_post", "blocks.2.resid_post"], report["written"]!.AsArray().Select(point => point!.GetValue<string>()));
        CommandLine.Run("convert", gguf, "-o", back, "--convention", "block_output").Succeeded();
        var (before, after) = (SteeringVector.Load(vector), SteeringVector.Load(back));
        Assert.Equal(before.HookPoints, after.HookPoints);
        foreach (var point in before.HookPoints)
            Near.Identical(before[point].Values, after[point].Values, point.ToString());
    }

    [Fact]
    public void A_conversion_can_be_measured_and_says_how_far_it_lies_from_the_model()
    {
        using var folder = new TemporaryFolder();
        var report = CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--type", "q4_0", "--measure", "--json").Json()["measure"]!;
        Assert.Equal("ids without a meaning", report["text"]!.GetValue<string>());
        Assert.Equal(256, report["tokens"]!.GetValue<int>());
        Assert.InRange(report["klMean"]!.GetValue<double>(), 1e-9, report["klMax"]!.GetValue<double>());
        Assert.InRange(report["topAgreement"]!.GetValue<double>(), 0, 1);
        // Ids without a meaning have no perplexity worth a number.
        Assert.Null(report["perplexityFull"]);
        string text = CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--measure", folder.Write("ids.txt", "1, 2 3\n4,5")).Succeeded().Output;
        Assert.Contains("klMean 0\n", text, StringComparison.Ordinal);
        Assert.Contains("perplexityConverted ", text, StringComparison.Ordinal);
        CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--measure", folder.Write("ids.txt", "1 x")).Refused("--measure", "'x'");
        CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--measure", folder.Write("ids.txt", "1")).Refused("--measure", "two tokens");
        CommandLine.Run("convert", Vector(folder), "-o", folder["v.gguf"], "--measure").Refused("--measure", "vector");
    }

    [Fact]
    public void Options_of_the_other_kind_of_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--convention", "block_input").Refused("--convention", "model");
        CommandLine.Run("convert", Vector(folder), "-o", folder["x.gguf"], "--type", "q8_0").Refused("--type", "vector");
        Assert.False(File.Exists(folder["x.gguf"]));
    }

    [Theory]
    [InlineData("q9_9")]
    [InlineData("3")]
    [InlineData("i32")]
    [InlineData("f64")]
    public void An_element_type_that_weights_cannot_be_converted_to_is_refused(string type)
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("convert", Llama, "-o", folder["x.gguf"], "--type", type).Refused("--type", $"'{type}'");
    }

    [Fact]
    public void A_missing_file_is_named() => CommandLine.Run("convert", "no-such-vector.gguf", "-o", "never-written.safetensors").Refused("no-such-vector.gguf");

    private static string Logits(string model) => CommandLine.Run("logits", "-m", model, "--ids", Ids, "--json").Succeeded().Output;

    private static string Vector(TemporaryFolder folder)
    {
        var golden = GoldenModel.Of("llama");
        var direction = golden.Reference("steer.v");
        string file = folder["v.safetensors"];
        SteeringVector.FromDirections([(HookPoint.ResidPost(1), direction), (HookPoint.ResidPost(2), golden.Reference("steer.v_unit"))], Provenance.For(golden.Model, "by hand")).Save(file);
        return file;
    }
}
