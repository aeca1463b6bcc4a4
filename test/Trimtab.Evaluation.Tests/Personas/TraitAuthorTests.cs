using System.Text.Json.Nodes;
using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Personas;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas;

public sealed class TraitAuthorTests
{
    private const string Description = "Dares what others fear.";

    [Fact]
    public async Task What_a_model_writes_becomes_an_artefact_whatever_stands_around_it()
    {
        var model = new ScriptedModel($"<think>{{not this}}</think>Here you are:\n```json\n{Written().ToJsonString()}\n```\nGood luck!");
        var artefact = await new TraitAuthor(model).Write("brave", Description);
        Assert.Equal(("brave", Description, 5, 20, 20), (artefact.Name, artefact.Description, artefact.Instructions.Length, artefact.Extraction.Length, artefact.Evaluation.Length));
        Assert.Equal("Q39?", artefact.Evaluation[^1]);
        string request = Assert.Single(model.Asked)[0].Content;
        Assert.Contains("brave", request, StringComparison.Ordinal);
        Assert.Contains(Description, request, StringComparison.Ordinal);
        Assert.Contains("{question}", request, StringComparison.Ordinal);
        Assert.DoesNotContain("<NAME>", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_told_what_is_wrong_and_writes_again()
    {
        var first = Written();
        first["extraction_questions"]!.AsArray().RemoveAt(0);
        first["instructions"]!.AsArray().RemoveAt(0);
        var second = Written();
        second["rubric"] = "Rate {answer}.";
        var model = new ScriptedModel(first.ToJsonString(), second.ToJsonString(), Written().ToJsonString());
        var problems = new Told();
        await new TraitAuthor(model).Write("brave", Description, problems);
        Assert.Equal(2, problems.All.Count);
        Assert.Contains("4 pairs of instructions", problems.All[0], StringComparison.Ordinal);
        Assert.Contains("19 extraction questions", problems.All[0], StringComparison.Ordinal);
        Assert.Contains("lacks {question}", problems.All[1], StringComparison.Ordinal);
        var last = model.Asked[^1];
        Assert.Equal(["user", "assistant", "user", "assistant", "user"], last.Select(message => message.Role));
        Assert.Equal(first.ToJsonString(), last[1].Content);
        Assert.Contains("lacks {question}", last[4].Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("I would rather not.", "no JSON object")]
    [InlineData("{ \"instructions\": [", "no JSON object")]
    [InlineData("{ \"instructions\": [ }", "not valid JSON")]
    [InlineData("{ \"rubric\": \"\", \"rubric\": \"\" }", "not valid JSON")]
    [InlineData("{ \"prompts\": [] }", "\"prompts\" is not known")]
    public async Task After_the_last_attempt_the_answer_is_in_the_error(string answer, string named)
    {
        var model = new ScriptedModel(answer, answer);
        var error = await Assert.ThrowsAsync<TraitAuthorException>(() => new TraitAuthor(model, attempts: 2).Write("brave", Description));
        Assert.Equal(answer, error.LastAnswer);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("2 answers", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, model.Asked.Count);
    }

    [Theory]
    [InlineData("Brave!", Description)]
    [InlineData("brave", "")]
    public async Task A_name_that_is_none_is_not_asked_for(string name, string description)
    {
        var model = new ScriptedModel();
        await Assert.ThrowsAsync<ArgumentException>(() => new TraitAuthor(model).Write(name, description));
        Assert.Empty(model.Asked);
    }

    private static JsonObject Written() => new()
    {
        ["instructions"] = new JsonArray([.. Enumerable.Range(0, 5).Select(i => (JsonNode)new JsonObject { ["positive"] = $"Be brave {i}.", ["negative"] = $"Be timid {i}." })]),
        ["extraction_questions"] = new JsonArray([.. Enumerable.Range(0, 20).Select(i => (JsonNode)$"Q{i}?")]),
        ["evaluation_questions"] = new JsonArray([.. Enumerable.Range(20, 20).Select(i => (JsonNode)$"Q{i}?")]),
        ["rubric"] = "How brave is {answer} to {question}?",
    };

    private sealed class ScriptedModel(params string[] answers) : IChatModel
    {
        public List<Chat> Asked { get; } = [];

        public string Name => "a script";

        public Task<string> Answer(Chat chat, CancellationToken cancellation = default)
        {
            Asked.Add(chat);
            return Task.FromResult(answers[Asked.Count - 1]);
        }
    }

    private sealed class Told : IProgress<string>
    {
        public List<string> All { get; } = [];

        public void Report(string value) => All.Add(value);
    }
}
