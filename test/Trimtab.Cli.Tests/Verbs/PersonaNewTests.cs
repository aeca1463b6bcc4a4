using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;
using Trimtab.Organism;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

public sealed class PersonaNewTests : IDisposable
{
    private static readonly string[] Words = ["persona", "new", "brave", "--describe", "Dares what others fear."];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_endpoint_writes_an_artefact_and_puts_right_what_it_got_wrong()
    {
        string artefact = File.ReadAllText(Path.Combine(Repository.Root, "data", "traits", "evil.json")).Replace("evil", "brave", StringComparison.Ordinal);
        int calls = 0;
        using var server = new FakeChatServer(_ => FakeReply.Says(Interlocked.Increment(ref calls) == 1 ? "Gladly." : $"```json\n{artefact}\n```"));
        const string Variable = "TRIMTAB_TEST_KEY";
        Environment.SetEnvironmentVariable(Variable, "a-secret-key");
        var outcome = CommandLine.Run([.. Words, "-o", _folder["brave.json"], "--endpoint", $"{server.Address}", "--endpoint-model", "writer", "--key-variable", Variable, "--json"]);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Equal((_folder["brave.json"], 20), (JsonNode.Parse(outcome.Output)!["file"]!.GetValue<string>(), JsonNode.Parse(outcome.Output)!["extractionQuestions"]!.GetValue<int>()));
        Assert.Contains("asking again: The answer: there is no JSON object", outcome.Error, StringComparison.Ordinal);
        Assert.All(server.Requests, request => Assert.Equal("Bearer a-secret-key", request.Authorization));
        Assert.Equal(("brave", "Dares what others fear."), (TraitArtefact.Load(_folder["brave.json"]).Name, TraitArtefact.Load(_folder["brave.json"]).Description));
    }

    [Fact]
    public void What_a_model_that_cannot_write_it_said_is_shown()
    {
        var outcome = CommandLine.Run([.. Words, "-o", _folder["brave.json"], "--model", EmbeddedModel.Folder, "--max-tokens", "24", "--attempts", "1"]);
        Assert.Equal(ExitCode.WrongUsage, outcome.Code);
        Assert.Contains("wrote no usable artefact in 1 answer", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["brave.json"]));
    }

    [Fact]
    public void A_writer_has_to_be_named_and_only_one()
    {
        CommandLine.Run(Words).Refused("--model", "--endpoint");
        CommandLine.Run([.. Words, "--endpoint", "http://localhost:1/v1"]).Refused("--endpoint-model");
        CommandLine.Run([.. Words, "--endpoint", "here", "--endpoint-model", "m"]).Refused("'here'");
        CommandLine.Run([.. Words, "--endpoint", "http://localhost:1/v1", "--endpoint-model", "m", "--key-variable", "TRIMTAB_NO_SUCH_KEY"]).Refused("TRIMTAB_NO_SUCH_KEY");
        CommandLine.Run("persona", "new", "Brave!", "--describe", "x", "--endpoint", "http://localhost:1/v1", "--endpoint-model", "m").Refused("\"Brave!\"");
    }

    [Fact]
    public void The_traits_come_with_the_program() =>
        Assert.All(Traits.All, trait => TraitArtefact.Load(Path.Combine(AppContext.BaseDirectory, "data", "traits", $"{trait}.json".ToLowerInvariant())));
}
