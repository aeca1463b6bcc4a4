using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Trimtab.Cli.Tests;

/// <summary>The program as a process of its own, so that nothing in between hides what a shell sees.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Standard_output_holds_the_document_and_the_exit_code_is_0()
    {
        var (code, output, error) = await Run("logits", "-m", ReferenceModel.Folder("llama"), "--ids", "1,2", "--top", "3", "--json");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(2, JsonNode.Parse(output)!["positions"]!.AsArray().Count);
    }

    [Fact]
    public async Task Bad_input_ends_with_2_and_one_line_on_standard_error()
    {
        var (code, output, error) = await Run("logits", "-m", "no-such-folder", "--ids", "1");
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "trimtab.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
