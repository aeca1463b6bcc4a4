using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>--quantize, which every verb that runs a model takes.</summary>
public sealed class QuantizeTests
{
    private static readonly string Llama = ReferenceModel.Folder("llama");

    [Fact]
    public void Fewer_bits_give_other_logits_and_what_stays_as_stored_is_said_on_standard_error()
    {
        string[] command = ["logits", "-m", Llama, "--ids", "1,2,3", "--json"];
        string plain = CommandLine.Run(command).Succeeded().Output;
        var quantised = CommandLine.Run([.. command, "--quantize", "q4_0"]);
        Assert.Equal(ExitCode.Done, quantised.Code);
        Assert.NotEqual(plain, quantised.Output);
        string line = Assert.Single(quantised.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("--quantize q4_0: model.layers.0.mlp.down_proj.weight", line, StringComparison.Ordinal);
        Assert.Contains("112", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generate", "--ids", "1", "--max-tokens", "2")]
    [InlineData("logits", "--ids", "1")]
    public void A_type_without_exceptions_says_nothing(params string[] command) => CommandLine.Run([.. command, "-m", Llama, "--quantize", "bf16"]).Succeeded();

    [Theory]
    [InlineData("q6_k")]
    [InlineData("f32")]
    [InlineData("4")]
    public void A_type_that_weights_cannot_be_loaded_in_is_refused(string type) => CommandLine.Run("logits", "-m", Llama, "--ids", "1", "--quantize", type).Refused("--quantize", $"'{type}'", "q4_k");
}
