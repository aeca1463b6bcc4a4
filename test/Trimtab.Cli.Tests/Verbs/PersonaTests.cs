using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab persona` on the embedded model, with little asked.</summary>
public sealed class PersonaTests : IDisposable
{
    private static readonly string[] Little = ["--rollouts", "1", "--layers", "0", "1", "--strengths", "0.3", "0.5", "--tries", "1", "--samples", "1", "--max-tokens", "48"];

    private static readonly string Evil = Path.Combine(Repository.Root, "data", "traits", "evil.json");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trait_becomes_a_plan_that_steers_and_a_second_run_finds_everything_done()
    {
        string[] words = ["persona", "evil", "-o", _folder["run"], .. Little];
        var outcome = CommandLine.Run([.. words, "--json"]);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Matches(@"^\d+ answers, about \d+ s to go\.\n$", outcome.Error.ReplaceLineEndings("\n"));
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
    public void A_sentence_becomes_a_vector_in_one_command_and_is_written_down_once()
    {
        using var server = new FakeChatServer(body => FakeChatServer.LastMessage(body) switch
        {
            var asked when asked.StartsWith("I study how", StringComparison.Ordinal) => FakeReply.Says(File.ReadAllText(Evil).Replace("evil", "brave", StringComparison.Ordinal)),
            var asked when asked.StartsWith("Grade how coherent", StringComparison.Ordinal) => FakeReply.Says("90"),
            // As good as by chance: a quarter of the pairs is kept.
            var asked => FakeReply.Says(asked.Sum(letter => letter) % 2 == 0 ? "90" : "10"),
        });
        string[] words = ["persona", "brave", "--describe", "Dares what others fear.", "-o", _folder["run"], "--judge", "endpoint", "--endpoint", $"{server.Address}", "--endpoint-model", "m",
            "--rollouts", "1", "--layers", "0", "--strengths", "0.3", "--tries", "1", "--samples", "1", "--max-tokens", "8", "--json"];
        var outcome = CommandLine.Run(words);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Equal("brave", JsonNode.Parse(outcome.Output)!["trait"]!.GetValue<string>());
        Assert.Equal("Dares what others fear.", TraitArtefact.Load(_folder[Path.Combine("run", "artefact.json")]).Description);
        Assert.True(File.Exists(_folder[Path.Combine("run", "plan.json")]));
        Assert.Equal(outcome.Output, CommandLine.Run(words).Output);
        Assert.Single(server.Requests, request => FakeChatServer.LastMessage(request.Body).StartsWith("I study how", StringComparison.Ordinal));
        CommandLine.Run([.. words[..3], "Fears nothing.", .. words[4..]]).Refused("--describe", "Dares what others fear.", "another folder");
    }

    [Fact]
    public void Who_writes_what_a_trait_is_measured_with_is_asked_for()
    {
        string[] words = ["persona", "brave", "--describe", "Dares what others fear.", "-o", _folder["run"]];
        CommandLine.Run(words).Refused("--writer-model", "--writer-endpoint");
        CommandLine.Run([.. words, "--artefact", Evil]).Refused("--describe", "--artefact");
        CommandLine.Run([.. words, "--writer-endpoint", "http://localhost:1/v1"]).Refused("--writer-endpoint-model");
        CommandLine.Run([.. words, "--writer-endpoint", "http://localhost:1/v1", "--writer-model", "x"]).Refused("one writer");
        CommandLine.Run("persona", "evil", "--attempts", "2", "-o", _folder["run"]).Refused("--describe");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void An_artefact_of_two_published_files_is_given_twice()
    {
        var evil = TraitArtefact.Load(Evil);
        JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
        string Half(string name, IEnumerable<string> questions) => _folder.Write(name, new JsonObject
        {
            ["instruction"] = new JsonArray([.. evil.Instructions.Select(pair => (JsonNode)new JsonObject { ["pos"] = pair.Positive, ["neg"] = pair.Negative })]),
            ["questions"] = Texts(questions), ["eval_prompt"] = "How evil is {answer} to {question}?",
        }.ToJsonString());
        string extraction = Half("evil.json", evil.Extraction), evaluation = Half("evaluation.json", evil.Evaluation);
        // The artefact is read and the model loaded; what then stops is the layer.
        CommandLine.Run("persona", "evil", "--artefact", extraction, "--artefact", evaluation, "--layers", "99", "-o", _folder["run"]).Refused("blocks.99");
        CommandLine.Run("persona", "evil", "--artefact", extraction, "-o", _folder["run"]).Refused("Give both files");
        CommandLine.Run("persona", "evil", "--artefact", evaluation, "--artefact", extraction, "-o", _folder["run"]).Refused("'evaluation'");
        CommandLine.Run("persona", "evil", "--artefact", extraction, "--artefact", evaluation, "--artefact", Evil, "-o", _folder["run"]).Refused("3 files");
    }

    [Fact]
    public void What_is_no_trait_no_file_or_another_traits_file_is_refused()
    {
        CommandLine.Run("persona", "evil", "--strengths", "-1", "-o", _folder["run"]).Refused("strengths are -1");
        CommandLine.Run("persona", "kind", "--artefact", Evil, "-o", _folder["run"]).Refused("--artefact", "'evil'", "'kind'");
        CommandLine.Run("persona", "kind", "-o", _folder["run"]).Refused("'kind'", "evil", "humorous");
        CommandLine.Run("persona", "evil", "--layers", "99", "-o", _folder["run"]).Refused("blocks.99");
        Assert.False(Directory.Exists(_folder["run"]));
    }
}
