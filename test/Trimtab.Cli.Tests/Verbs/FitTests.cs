using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab fit`, on a small model whose tokens are words.</summary>
public sealed class FitTests : IDisposable
{
    private const int Width = 64, Latents = 20;

    private const string Pairs = """
        {"question": "w30 w31", "positive": "w40 w41 w42", "negative": "w50"}
        {"question": "w32", "positive": "", "negative": "w51 w52"}
        {"question": "w33 w34", "positive": "w44 w45", "negative": "   "}
        {"question": "w35", "positive": "w46", "negative": "w53 w54"}
        """;

    private readonly WordModel _words = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _words.Dispose();
    }

    [Fact]
    public void Pairs_without_an_answer_are_named_and_counted()
    {
        var outcome = Fit("mean-difference", "-d", _folder.Write("pairs.jsonl", Pairs), "--json");
        Assert.Equal(ExitCode.Done, outcome.Code);
        var json = JsonNode.Parse(outcome.Output)!;
        Assert.Equal((2, 2), (json["leftOut"]!.GetValue<int>(), json["provenance"]!["example_count"]!.GetValue<int>()));
        Assert.Contains("line 2 is left out — its positive answer is empty", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 3 pairs are left out", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mean-difference", false, false)]
    [InlineData("mean-difference", false, true)]
    [InlineData("target-atoms", false, false)]
    [InlineData("target-atoms", true, false)]
    public void A_prompt_becomes_a_vector_by_answers_given_or_the_model_s_own(string method, bool given, bool alone)
    {
        string questions = _folder.Write("questions.txt", "w30 w31\n\nw32\n");
        string[] data = given ? ["-d", _folder.Write("pairs.jsonl", Pairs.Split('\n')[0])] : alone ? [] : ["--questions", questions];
        string[] sae = method == "target-atoms" ? ["--sae", Autoencoder(), "--keep-fraction", "1"] : [];
        var json = Fit(method, ["--prompt", "w60 w61", .. data, .. sae, "--json"]).Json();
        Assert.Equal(given || alone ? 1 : 2, json["provenance"]!["example_count"]!.GetValue<int>());
        Assert.All(json["directions"]!.AsArray(), direction => Assert.True(direction!["norm"]!.GetValue<double>() > 0));
        var expected = given ? new ContrastSet([new("w30 w31", "w40 w41 w42", "w50")]).OfPrompt("w60 w61") : PromptPairs.Answered(_words.Model, "w60 w61", alone ? [""] : ["w30 w31", "w32"]);
        Assert.Equal(expected.Hash, json["provenance"]!["data_hash"]!.GetValue<string>());
    }

    [Fact]
    public void What_is_to_be_fitted_to_is_said_once()
    {
        string pairs = _folder.Write("pairs.jsonl", Pairs);
        Fit("mean-difference").Refused("--data");
        Fit("mean-difference", "-d", pairs, "--questions", pairs).Refused("--prompt");
        Fit("mean-difference", "-d", pairs, "--questions", pairs, "--prompt", "w1").Refused("--data", "--questions");
        Fit("refusal-direction", "-d", _folder.Write("one.jsonl", Pairs.Split('\n')[0]), "--prompt", "w1").Refused("another method");
        Fit("mean-difference", "--prompt", "w1", "--questions", _folder.Write("questions.jsonl", "{\"text\": \"w1\"}")).Refused("line 1", "prompt or question");
    }

    [Fact]
    public void A_truth_value_of_a_method_may_stand_alone()
    {
        string pairs = _folder.Write("pairs.jsonl", Pairs.Split('\n')[0]), sae = Autoencoder();
        bool Strict(params string[] words) => Fit("target-atoms", ["-d", pairs, "--sae", sae, .. words, "--json"]).Json()["provenance"]!["method_options"]!["strict"]!.GetValue<bool>();
        Assert.True(Strict("--strict"));
        Assert.True(Strict("--strict", "true"));
        Assert.False(Strict("--strict", "false"));
        Assert.False(Strict());
        Fit("target-atoms", "-d", pairs, "--sae", sae, "--strict", "maybe").Refused("strict");
        Fit("target-atoms", "-d", pairs, "--sae", sae, "--trims", "0.5", "--keep-fraction", "0.5").Refused("keep-fraction", "trims");
    }

    [Fact]
    public void The_gate_of_a_condition_is_found_and_decides_in_a_plan_as_promised()
    {
        // Prompts of the first kind hold a word that the others do not, and the condition is its row at the embeddings; at block 1 it is noise.
        string[] wanted = ["w300 w31 w300", "w32 w300 w33", "w300 w34"], others = ["w200 w31 w201", "w32 w202 w33", "w203 w34"];
        string vector = Path.Combine(Directory.CreateDirectory(_folder["vectors"]).FullName, "condition.safetensors"), gate = _folder["gate.json"];
        SteeringVector.FromDirections([(HookPoint.Embed, Row(300)), (HookPoint.ResidPost(1), Row(17))], Provenance.For(_words.Model, "test")).Save(vector);
        string[] search = ["fit", "condition", "-m", _words.Folder, "--vector", vector, "--positive", _folder.Write("wanted.txt", string.Join('\n', wanted)),
            "--negative", _folder.Write("others.jsonl", string.Join('\n', others.Select(prompt => $$"""{"question": "{{prompt}}"}"""))), "-o", gate];
        var json = CommandLine.Run([.. search, "--json"]).Json();
        var best = json["points"]![0]!;
        Assert.Equal(("embed", 1.0), (best["at"]!.GetValue<string>(), best["f1"]!.GetValue<double>()));
        Assert.Equal(JsonNode.Parse(File.ReadAllText(gate))!.ToJsonString(), json["gate"]!.ToJsonString());
        string output = CommandLine.Run(search).Succeeded().Output;
        Assert.Contains("embed", output, StringComparison.Ordinal);
        Assert.Contains("F1 1.000", output, StringComparison.Ordinal);

        string plan = _folder.Write("plan.json", $$"""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": { "type": "ablate", "direction": { "file": "vectors/condition.safetensors" } }, "if": {{File.ReadAllText(gate)}} }] }""");
        foreach (string prompt in (string[])[.. wanted, .. others])
        {
            var decided = CommandLine.Run("generate", "-m", _words.Folder, "--prompt", prompt, "--greedy", "-n", "1", "--plan", plan, "--json").Json();
            Assert.Equal(wanted.Contains(prompt) ? "open" : "closed", decided["decisions"]![0]!["outcome"]!.GetValue<string>());
        }
    }

    [Fact]
    public void A_condition_that_cannot_be_searched_is_refused()
    {
        string vector = _folder["condition.safetensors"], prompts = _folder.Write("prompts.txt", "w30\n"), empty = _folder.Write("empty.txt", "\n");
        SteeringVector.FromDirections([(HookPoint.Embed, Row(300))], Provenance.For(_words.Model, "test")).Save(vector);
        CommandLine.Run("fit", "condition", "-m", _words.Folder, "--vector", vector, "--positive", prompts, "--negative", empty).Refused("no prompts");
        CommandLine.Run("fit", "condition", "-m", _words.Folder, "--vector", vector, "--positive", prompts, "--negative", prompts).Refused("no threshold");
    }

    private Outcome Fit(string method, params string[] words) => CommandLine.Run(["fit", method, "-m", _words.Folder, "-o", _folder["out.safetensors"], .. words]);

    private Tensor Row(int token)
    {
        var capture = new ActivationCapture([HookPoint.Embed]);
        using var run = new ModelRun(_words.Model, [new Sequence([token])], [capture], HookPoint.Embed);
        run.Forward(LogitRows.None);
        return capture[HookPoint.Embed].At(0).Keep();
    }

    private string Autoencoder()
    {
        var random = new Random(4);
        Tensor Numbers(params int[] sizes)
        {
            var tensor = Tensor.Zeros(new Shape(sizes));
            foreach (ref float value in tensor.Values)
                value = 2 * random.NextSingle() - 1;
            return tensor;
        }
        using var sae = new SparseAutoencoder(new SaeWeights(Numbers(Latents, Width), Numbers(Latents), Numbers(Latents, Width), Numbers(Width)), new Relu()) { Origin = new SaeOrigin { At = HookPoint.ResidPost(1) } };
        sae.Save(_folder["sae"], "saelens");
        return _folder["sae"];
    }
}
