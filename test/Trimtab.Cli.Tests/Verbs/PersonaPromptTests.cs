using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

public sealed class PersonaPromptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_endpoint_writes_a_prompt_for_a_sentence()
    {
        using var server = new FakeChatServer(_ => FakeReply.Says("```\nAlways put safety first.\n```"));
        var outcome = CommandLine.Run("persona", "prompt", "--describe", "It refuses what harms people.", "-o", _folder["prompt.txt"], "--endpoint", $"{server.Address}", "--endpoint-model", "writer", "--json");
        Assert.Equal("Always put safety first.", outcome.Json()["prompt"]!.GetValue<string>());
        Assert.Equal("Always put safety first.\n", File.ReadAllText(_folder["prompt.txt"]));
        Assert.Contains("It refuses what harms people.", Assert.Single(server.Requests).Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_has_to_be_named() => CommandLine.Run("persona", "prompt", "--describe", "Be brave.").Refused("--model", "--endpoint");
}
