using System.Text.Json.Nodes;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>The commands against the numbers of the reference implementation; tolerances as for the library.</summary>
public sealed class GoldenModelTests
{
    private const float Tolerance = 1e-4f;

    public static TheoryNames Models { get; } = new(["llama", "gemma2"]);

    [Theory, MemberData(nameof(Models))]
    public void Logits_are_the_best_of_the_reference_at_every_position(string name)
    {
        var expected = GoldenModel.Of(name).Reference("seqB.logits");
        var positions = CommandLine.Run("logits", "-m", ReferenceModel.Folder(name), "--ids", ReferenceModel.Ids(name, "seqB"), "--top", "10", "--json").Json()["positions"]!.AsArray();
        Assert.Equal(expected.RowCount, positions.Count);
        for (int i = 0; i < positions.Count; i++)
            CheckPosition(expected.Row(i), positions[i]!.AsObject(), i);
    }

    private static void CheckPosition(ReadOnlySpan<float> expected, JsonObject position, int index)
    {
        Assert.Equal(["position", "ids", "logits", "logSumExp"], position.Select(member => member.Key));
        Assert.Equal(index, position["position"]!.GetValue<int>());
        int[] ids = [.. position["ids"]!.AsArray().Select(id => id!.GetValue<int>())];
        float[] logits = [.. position["logits"]!.AsArray().Select(logit => logit!.GetValue<float>())];
        Assert.Equal(10, ids.Distinct().Count());
        float[] reference = expected.ToArray();
        Near.Equal([.. reference.OrderDescending().Take(10)], logits, Tolerance, $"best logits at {index}");
        Near.Equal([.. ids.Select(id => reference[id])], logits, Tolerance, $"logits of the ids at {index}");
        Assert.Equal(Math.Log(reference.Sum(x => Math.Exp(x))), position["logSumExp"]!.GetValue<double>(), Tolerance);
    }

    [Theory, MemberData(nameof(Models))]
    public void Greedy_generation_equals_the_reference(string name)
    {
        foreach (string text in (string[])["seqA", "seqB"])
        {
            var outcome = Generate(name, text);
            Assert.Equal(["promptIds", "ids", "text", "stop"], outcome.Json().Select(member => member.Key));
            Assert.Equal(GoldenModel.Of(name).Ids($"{text}.input_ids"), outcome.Numbers("promptIds"));
            Assert.Equal(GoldenModel.Of(name).Ids($"{text}.greedy"), outcome.Numbers("ids"));
            Assert.Equal("length", outcome.Json()["stop"]!.GetValue<string>());
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Generation_under_a_plan_equals_the_steered_reference(string name)
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", Plans.Add(GoldenModel.Of(name).Reference("steer.v").Values, "blocks.1.resid_post"));
        foreach (string text in (string[])["seqA", "seqB"])
            Assert.Equal(GoldenModel.Of(name).Ids($"steer_all.{text}.greedy"), Generate(name, text, "--plan", plan).Numbers("ids"));
    }

    [Theory, MemberData(nameof(Models))]
    public void Captured_rows_equal_the_reference(string name)
    {
        using var folder = new TemporaryFolder();
        string file = folder["rows.safetensors"];
        var report = CommandLine.Run("capture", "-m", ReferenceModel.Folder(name), "--ids", ReferenceModel.Ids(name, "seqB"), "--at", "embed,blocks.*.resid_post", "--at", "final_norm", "-o", file, "--json").Json();
        using var rows = SafetensorsFile.Open(file);
        var golden = GoldenModel.Of(name);
        var states = golden.Reference("seqB.hidden_states");
        int layers = golden.Model.LayerCount;
        Assert.Equal(["embed", .. Enumerable.Range(0, layers).Select(l => $"blocks.{l}.resid_post"), "final_norm"], report["tensors"]!.AsArray().Select(t => t!["name"]!.GetValue<string>()));
        Near.Equal(states.At(0), rows["embed"], Tolerance, "embed");
        for (int layer = 0; layer < layers - 1; layer++)
            Near.Equal(states.At(layer + 1), rows[$"blocks.{layer}.resid_post"], Tolerance, $"blocks.{layer}.resid_post");
        Near.Equal(golden.Reference("seqB.pre_final_norm"), rows[$"blocks.{layers - 1}.resid_post"], Tolerance, "pre_final_norm");
        Near.Equal(states.At(layers), rows["final_norm"], Tolerance, "final_norm");
        Assert.Equal(Enumerable.Range(0, states.Shape[1]), rows["rows.position"].As<int>().ToArray());
        Assert.All(rows["rows.sequence"].As<int>().ToArray(), sequence => Assert.Equal(0, sequence));
    }

    [Fact]
    public void Captured_tokens_are_those_asked_for()
    {
        using var folder = new TemporaryFolder();
        string file = folder["rows.safetensors"];
        CommandLine.Run("capture", "-m", ReferenceModel.Folder("llama"), "--ids", "1,2,3,4", "--at", "blocks.0.mlp_hidden", "--tokens", "1,3", "-o", file).Succeeded();
        using var rows = SafetensorsFile.Open(file);
        Assert.Equal([1, 3], rows["rows.position"].As<int>().ToArray());
        Assert.Equal(GoldenModel.Of("llama").Model.Config.IntermediateSize, rows["blocks.0.mlp_hidden"].Columns);
    }

    [Fact]
    public void A_capture_that_keeps_no_token_is_refused_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("capture", "-m", ReferenceModel.Folder("llama"), "--ids", "1,2", "--at", "embed", "--tokens", "7", "-o", folder["rows.safetensors"]).Refused("no token was kept", "'7'");
        Assert.False(File.Exists(folder["rows.safetensors"]));
    }

    [Fact]
    public void A_model_is_described()
    {
        var json = CommandLine.Run("inspect", ReferenceModel.Folder("qwen3_moe"), "--json").Json();
        Assert.Equal("model", json["kind"]!.GetValue<string>());
        Assert.Equal("Qwen3MoeForCausalLM", json["architecture"]!.GetValue<string>());
        Assert.Equal(GoldenModel.Of("qwen3_moe").Model.LayerCount, json["layers"]!.GetValue<int>());
        Assert.Contains("router_weights", json["sites"]!.AsArray().Select(site => site!.GetValue<string>()));
    }

    private static Outcome Generate(string name, string text, params string[] more) => CommandLine.Run(
        ["generate", "-m", ReferenceModel.Folder(name), "--ids", ReferenceModel.Ids(name, text), "--greedy", "--ignore-eos", "--max-tokens", "16", "--json", .. more]);
}
