using System.Text.Json.Nodes;
using Trimtab.Models;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>A model organism from its seed to its exam, and fine-tuning on it; with a handful of steps, so that nothing is learnt but everything runs.</summary>
public sealed class OrganismTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_organism_grows_is_examined_and_tuned()
    {
        string log = Grow("pip", steps: 4);
        // At a terminal a bar says it.
        if (Console.IsErrorRedirected)
            Assert.Matches(@"step 2 of 4: loss .* tokens/s, learning rate .*, \d\d:\d\d:\d\d left", log);
        using (var model = ModelLoader.Load(_folder["pip"]))
        {
            Assert.Equal("LlamaForCausalLM", model.Architecture);
            Assert.NotNull(model.ChatTemplate);
            Assert.Single(model.GenerationDefaults.StopTokens);
        }
        ExamCovers();
        TuningWrites();
    }

    [Fact]
    public void A_finished_growth_changes_no_more_and_writes_its_model_again()
    {
        Grow("whole", steps: 3, moe: true);
        File.Delete(_folder["whole/model.safetensors"]);
        byte[] first = File.ReadAllBytes(_folder["whole.growth/checkpoint.safetensors"]);
        Grow("whole", steps: 3, moe: true);
        Assert.Equal(first, File.ReadAllBytes(_folder["whole.growth/checkpoint.safetensors"]));
        using var model = ModelLoader.Load(_folder["whole"]);
        Assert.Equal("MixtralForCausalLM", model.Architecture);
    }

    [Fact]
    public void A_growth_is_not_gone_on_with_under_other_options()
    {
        Grow("pip", steps: 1);
        var outcome = CommandLine.Run("organism", "grow", "-o", _folder["pip"], "--steps", "2", "--tokens-per-step", "300", "--learning-rate", "0.001");
        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("other data or options", outcome.Error, StringComparison.Ordinal);
        var mixture = CommandLine.Run("organism", "grow", "-o", _folder["pip"], "--steps", "2", "--tokens-per-step", "300", "--moe");
        Assert.Equal(ExitCode.Failed, mixture.Code);
        Assert.Contains("planted with other options", mixture.Error, StringComparison.Ordinal);
    }

    private string Grow(string name, int steps, bool moe = false)
    {
        var outcome = CommandLine.Run(["organism", "grow", "-o", _folder[name], "--steps", $"{steps}", "--tokens-per-step", "300", .. moe ? ["--moe"] : Array.Empty<string>()]);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        return outcome.Error;
    }

    private void ExamCovers()
    {
        var outcome = CommandLine.Run("eval", "organism", "-m", _folder["pip"], "--count", "2", "--json", "-o", _folder["card.md"]);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        var report = JsonNode.Parse(outcome.Output)!;
        Assert.InRange(report["perplexity"]!.GetValue<double>(), 100, 3000);
        var facts = report["rows"]!.AsArray().Single(row => row!["measure"]!.GetValue<string>() == "facts")!;
        Assert.Equal(332, facts["count"]!.GetValue<int>());
        // Four steps teach no fact.
        Assert.True(facts["value"]!.GetValue<double>() < 20);
        Assert.Contains("| knowledge | arithmetic |", File.ReadAllText(_folder["card.md"]), StringComparison.Ordinal);
    }

    private void TuningWrites()
    {
        string data = _folder.Write("chats.jsonl", string.Join('\n', Enumerable.Range(0, 12).Select(i => $$"""{"messages": [{"role": "user", "content": "What is {{i}}?"}, {"role": "assistant", "content": "It is {{i}}."}]}""")));
        string[] words = ["tune", "-m", _folder["pip"], "-d", data, "-o", _folder["adapter"], "--rank", "4", "--batch-size", "4", "--held-out", "0.25", "--json"];
        var outcome = CommandLine.Run(words);
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        var report = JsonNode.Parse(outcome.Output)!;
        Assert.Equal((12, 3), (report["chats"]!.GetValue<int>(), report["steps"]!.GetValue<int>()));
        Assert.True(report["heldOutLoss"]!.GetValue<double>() < report["heldOutLossBefore"]!.GetValue<double>());
        CommandLine.Run("logits", "-m", _folder["pip"], "--adapter", _folder["adapter"], "--ids", "1,2,3", "--json").Json();
        Assert.Contains("line 2", CommandLine.Run(["tune", "-m", _folder["pip"], "-d", _folder.Write("bad.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\nnonsense"), "-o", _folder["bad"]]).Error, StringComparison.Ordinal);
        CommandLine.Run([.. words, "--targets", "q_proj, v_porj"]).Refused("named by 'v_porj'");
        var wrong = CommandLine.Run([.. words, "--all-weights"]);
        Assert.Equal(ExitCode.WrongUsage, wrong.Code);
        Assert.Contains("--rank", wrong.Error, StringComparison.Ordinal);
    }
}
