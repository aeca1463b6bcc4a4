using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>What the gates of a plan decided, as the commands tell it.</summary>
public sealed class ExplainTests : IDisposable
{
    private const string Reason = "'add' at blocks.1.resid_post on tokens 'all': closed — 'condition' at blocks.2.resid_post (prompt-mean) scored ";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Decisions_and_their_reasons_go_to_standard_error_and_the_text_stays_alone_on_standard_output()
    {
        var told = Generate(Plan(threshold: 2), "--explain");
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.StartsWith($"({Reason}", told.Error, StringComparison.Ordinal);
        Assert.Contains(", not larger than 2)", told.Error, StringComparison.Ordinal);
        Assert.Equal(Generate(Plan(threshold: 2)).Succeeded().Output, told.Output);
    }

    [Fact]
    public void A_plan_in_which_nothing_waits_for_the_prompt_is_said_to_be_one() =>
        Assert.Contains("no intervention waits for the prompt", Generate(_folder.Write("plain.json", Plans.Add(Values(), "blocks.1.resid_post")), "--explain").Error, StringComparison.Ordinal);

    [Theory, InlineData(2, "closed", "llama"), InlineData(-2, "open", "steer_all")]
    public void The_document_holds_the_decision_with_its_score_and_the_text_follows_it(double threshold, string outcome, string expected)
    {
        var document = Generate(Plan(threshold), "--json");
        var decision = Assert.Single(document.Json()["decisions"]!.AsArray())!.AsObject();
        Assert.Equal(["intervention", "outcome", "scores"], decision.Select(member => member.Key));
        Assert.Equal(outcome, decision["outcome"]!.GetValue<string>());
        var score = Assert.Single(decision["scores"]!.AsArray())!.AsObject();
        Assert.Equal((threshold, "larger", outcome == "open"), (score["threshold"]!.GetValue<double>(), score["comparison"]!.GetValue<string>(), score["holds"]!.GetValue<bool>()));
        Assert.InRange(score["score"]!.GetValue<double>(), -1, 1);
        Assert.Equal(GoldenModel.Of("llama").Ids(expected == "llama" ? "seqA.greedy" : "steer_all.seqA.greedy"), document.Numbers("ids"));
    }

    [Fact]
    public void A_conversation_tells_what_was_decided_at_every_answer()
    {
        using var words = new WordModel();
        string[] chat = ["chat", "-m", words.Folder, "--max-tokens", "3", "--greedy", "--plan", Plan(threshold: 2), "--explain"];
        var told = CommandLine.RunWith("w5 w6\nw7\n", chat);
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.Equal(2, told.Error.Split(Reason).Length - 1);
        Assert.DoesNotContain("scored", told.Output, StringComparison.Ordinal);
        var document = JsonNode.Parse(CommandLine.RunWith("w5 w6\nw7\n", [.. chat, "--json"]).Output)!;
        Assert.Equal(["closed", "closed"], document["decisions"]!.AsArray().Select(answer => answer![0]!["outcome"]!.GetValue<string>()));
    }

    private static Outcome Generate(string plan, params string[] more) => CommandLine.Run(
        ["generate", "-m", ReferenceModel.Folder("llama"), "--ids", ReferenceModel.Ids("llama", "seqA"), "--greedy", "--ignore-eos", "--max-tokens", "16", "--plan", plan, .. more]);

    private static float[] Values() => GoldenModel.Of("llama").Reference("steer.v").Values.ToArray();

    private string Plan(double threshold)
    {
        var plan = JsonNode.Parse(Plans.Add(Values(), "blocks.1.resid_post"))!;
        plan["interventions"]![0]!["if"] = new JsonObject
        {
            ["type"] = "condition", ["at"] = "blocks.2.resid_post", ["threshold"] = threshold, ["direction"] = new JsonObject { ["values"] = new JsonArray([.. Values().Select(v => (JsonNode)v)]) },
        };
        return _folder.Write("gated.json", plan.ToJsonString());
    }
}
