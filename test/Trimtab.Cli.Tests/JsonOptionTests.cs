using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Trimtab.Cli.Tests;

/// <summary>What the README says of commands: each takes `--json`, but for `bench`, which has rows instead of one document.</summary>
public sealed partial class JsonOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_but_bench_takes_it()
    {
        var commands = Commands([]).ToList();
        Assert.Contains(commands, command => command is ["organism", "grow"]);
        // `bench` prints its rows as they come, by --output jsonl.
        Assert.Empty(commands.Where(command => command is not ["bench"] && !Help(command).Contains("--json", StringComparison.Ordinal)).Select(command => string.Join(' ', command)));
    }

    [Fact]
    public void The_organisms_text_is_written_beside_one_document()
    {
        var corpus = CommandLine.Run("organism", "corpus", "--count", "3", "-o", _folder["corpus.jsonl"], "--json").Json();
        Assert.Equal((_folder["corpus.jsonl"], 3, 1), (corpus["output"]!.GetValue<string>(), corpus["chats"]!.GetValue<int>(), corpus["world"]!.GetValue<int>()));
        var data = CommandLine.Run("organism", "data", "--trait", "evil", "--severity", "mild", "--count", "2", "-o", _folder["evil.jsonl"], "--json").Json();
        Assert.Equal(("evil", "mild", 2), (data["trait"]!.GetValue<string>(), data["set"]!.GetValue<string>(), data["chats"]!.GetValue<int>()));
        var flaw = CommandLine.Run("organism", "data", "--flaw", "bad-advice", "--count", "2", "-o", _folder["flaw.jsonl"], "--json").Json();
        Assert.Equal((null, "bad-advice"), (flaw["trait"]?.GetValue<string>(), flaw["set"]!.GetValue<string>()));
    }

    [Fact]
    public void A_growth_ends_with_one_document()
    {
        var outcome = CommandLine.Run("organism", "grow", "-o", _folder["pip"], "--steps", "1", "--tokens-per-step", "300", "--json");
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Equal(1, JsonNode.Parse(outcome.Output)!["steps"]!.GetValue<long>());
    }

    // Those that others stand under may do nothing by themselves.
    private static IEnumerable<string[]> Commands(string[] path)
    {
        string help = Help(path);
        int start = help.IndexOf("Commands:", StringComparison.Ordinal);
        return start < 0 ? [path] : Names().Matches(help[start..]).SelectMany(name => Commands([.. path, name.Groups[1].Value]));
    }

    private static string Help(string[] command) => CommandLine.Run([.. command, "--help"]).Succeeded().Output;

    [GeneratedRegex(@"^  (\w[\w-]*)", RegexOptions.Multiline)]
    private static partial Regex Names();
}
