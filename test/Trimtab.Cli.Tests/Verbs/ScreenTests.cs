using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab screen` and `trimtab screen merge` on a tiny model.</summary>
public sealed class ScreenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WordModel _words = new();
    private readonly string _trait;

    public ScreenTests()
    {
        float[] values = [.. Enumerable.Range(0, _words.Model.Config.HiddenSize).Select(i => MathF.Sin(i))];
        SteeringVector.FromDirections([(HookPoint.ResidPost(1), Tensor.From(values))], new Provenance { ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.BlockOutput) }).Save(_folder["odd.safetensors"]);
        _trait = $"odd={_folder["odd.safetensors"]}@1";
    }

    public void Dispose()
    {
        _words.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Data_is_screened_flagged_and_shown()
    {
        string data = Chats("chats.jsonl", 6), normal = Chats("normal.jsonl", 9);
        File.AppendAllText(data, "[1]\n");
        var json = Screen(data, "scores.jsonl", "--reference", normal, "--fpr", "0.2", "--csv", _folder["table.csv"], "--page", _folder["page.html"], "--top", "2", "--json").Json();
        Assert.Equal(7, json["rows"]!.GetValue<int>());
        Assert.Equal(7, Assert.Single(json["problems"]!.AsArray())!["line"]!.GetValue<int>());
        var trait = json["traits"]![0]!;
        Assert.Equal(("odd", 6, 9), (trait["trait"]!.GetValue<string>(), trait["scored"]!.GetValue<int>(), trait["referenceRows"]!.GetValue<int>()));
        Assert.Equal(2, trait["top"]!.AsArray().Count);
        Assert.True(trait["top"]![0]!["difference"]!.GetValue<double>() >= trait["top"]![1]!["difference"]!.GetValue<double>());
        Assert.Equal(8, File.ReadLines(_folder["table.csv"]).Count());
        Assert.Contains("odd", File.ReadAllText(_folder["page.html"]), StringComparison.Ordinal);
        string output = Screen(data, "scores.jsonl").Succeeded().Output;
        Assert.Contains("1 without scores (1 without messages)", output, StringComparison.Ordinal);
        Assert.Contains("mean difference", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_read_of_the_data_is_named_once()
    {
        string data = Chats("chats.jsonl", 3), named = _folder.Write("named.jsonl", File.ReadAllText(data).Replace("]}", "], \"id\": 1, \"source\": \"x\"}", StringComparison.Ordinal));
        var outcome = Screen(named, "scores.jsonl", "--json");
        Assert.Equal((ExitCode.Done, $"{named}: not read are id, source\n"), (outcome.Code, outcome.Error));
        Assert.Empty(JsonNode.Parse(outcome.Output)!["problems"]!.AsArray());
    }

    [Fact]
    public void Shards_are_merged_and_summed_up_as_the_whole()
    {
        string data = Chats("chats.jsonl", 7);
        Screen(data, "whole.jsonl").Succeeded();
        foreach (int index in (int[])[1, 2])
            Assert.Equal($"{index}/2", Screen(data, $"shard{index}.jsonl", "--shard", $"{index}/2", "--json").Json()["shard"]!.GetValue<string>());
        var merged = CommandLine.Run("screen", "merge", _folder["shard2.jsonl"], _folder["shard1.jsonl"], "-o", _folder["merged.jsonl"], "--json").Json();
        Assert.Equal(7, merged["rows"]!.GetValue<int>());
        Assert.Equal(File.ReadAllBytes(_folder["whole.jsonl"]), File.ReadAllBytes(_folder["merged.jsonl"]));
        CommandLine.Run("screen", "merge", _folder["shard2.jsonl"], "-o", _folder["merged.jsonl"]).Refused("of 2 shards 1 is missing");
    }

    [Fact]
    public void What_is_not_understood_or_would_have_no_effect_is_refused()
    {
        string data = Chats("chats.jsonl", 3);
        Screen(data, "x.jsonl", "--mode", "best").Refused("--mode", "prompt-proxy");
        Screen(data, "x.jsonl", "--shard", "3/2").Refused("Shard", "2/4");
        Screen(data, "x.jsonl", "--shard", "1/2", "--page", "p.html").Refused("--page", "--shard");
        Screen(data, "x.jsonl", "--fpr", "0.1").Refused("--fpr", "--reference");
        Screen(data, "x.jsonl", "--calibrate-on", "4").Refused("only the prompt proxy");
        Screen(data, "x.jsonl", "--reference", data).Refused("too few");
        CommandLine.Run("screen", data, "-m", _words.Folder, "--trait", "odd", "-o", _folder["x.jsonl"]).Refused("--trait", "NAME=VECTOR@LAYER");
        CommandLine.Run("screen", data, "-m", _words.Folder, "--trait", _trait.Replace("@1", "@2", StringComparison.Ordinal), "-o", _folder["x.jsonl"]).Refused("no direction at blocks.2.resid_post");
        CommandLine.Run("screen", data, "-m", _words.Folder, "-o", _folder["x.jsonl"]).Refused("--trait");
    }

    private Outcome Screen(string data, string output, params string[] more) =>
        CommandLine.Run(["screen", data, "-m", _words.Folder, "--trait", _trait, "--max-answer-tokens", "4", "-o", _folder[output], .. more]);

    private string Chats(string name, int count) => _folder.Write(name, string.Concat(Enumerable.Range(0, count).Select(i =>
        JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = $"w{10 + i}" }, new { role = "assistant", content = $"w{40 + 3 * i} w{90 + i}" } } }) + "\n")));
}
