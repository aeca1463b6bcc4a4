using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab persona` on the embedded model, with little asked.</summary>
public sealed class PersonaTests : IDisposable
{
    private static readonly string[] Little = ["--rollouts", "1", "--layers", "0", "1", "--strengths", "0.3", "0.5", "--tries", "1", "--samples", "1", "--max-tokens", "48"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trait_becomes_a_plan_that_steers_and_a_second_run_finds_everything_done()
    {
        string[] words = ["persona", "evil", "-o", _folder["run"], .. Little];
        var outcome = CommandLine.Run([.. words, "--json"]);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Matches(@"^\d+ answers, about \d+ s\.\n$", outcome.Error.ReplaceLineEndings("\n"));
        var found = JsonNode.Parse(outcome.Output)!;
        Assert.Equal(["unsteered", "prompt", "evil", "reversed", "random direction", "shuffled labels"], found["arms"]!.AsArray().Select(arm => arm!["name"]!.GetValue<string>()));
        Assert.Equal(100, found["pairs"]!.AsObject().Sum(fate => fate.Value!.GetValue<int>()));
        Assert.True(found["pairs"]!["kept"]!.GetValue<int>() > 20, outcome.Output);
        var again = CommandLine.Run([.. words, "--json"]);
        Assert.Equal((outcome.Output, ""), (again.Output, again.Error));
        CommandLine.Run("generate", "-p", "How are you?", "-n", "4", "--plan", Path.Combine(_folder["run"], "plan.json")).Succeeded();
        string people = CommandLine.Run(words).Succeeded().Output;
        Assert.Contains("Dose and response", people, StringComparison.Ordinal);
        Assert.Contains("report.html", people, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_trait_no_file_or_another_traits_file_is_refused()
    {
        CommandLine.Run("persona", "evil", "--strengths", "-1", "-o", _folder["run"]).Refused("strengths are -1");
        CommandLine.Run("persona", "kind", "--artefact", Path.Combine(Repository.Root, "data", "traits", "evil.json"), "-o", _folder["run"]).Refused("--artefact", "'evil'", "'kind'");
        CommandLine.Run("persona", "kind", "-o", _folder["run"]).Refused("'kind'", "evil", "humorous");
        CommandLine.Run("persona", "evil", "--layers", "99", "-o", _folder["run"]).Refused("blocks.99");
        Assert.False(Directory.Exists(_folder["run"]));
    }
}
