using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>The commands on a small model that was trained on children's stories, with a tokenizer and reference numbers of its own.</summary>
public sealed class StoryModelTests
{
    // The file gives its logits with four digits; the rest is the difference between two single-precision implementations at logits of up to 18.
    private const double Tolerance = 2e-4;

    private static readonly string Mood = Path.Combine(Repository.Root, "data", "contrast", "mood.jsonl");

    [Fact]
    public void Prompts_encode_as_the_reference_says() => EachCase((model, golden) =>
    {
        var json = CommandLine.Run("tokenize", "-m", model, Text(golden, "prompt"), "--json").Json();
        Assert.Equal(["ids", "tokens", "text"], json.Select(member => member.Key));
        Assert.Equal(Numbers(golden, "prompt_ids"), Numbers(json, "ids"));
        Assert.Equal(json["ids"]!.AsArray().Count, json["tokens"]!.AsArray().Count);
    });

    [Fact]
    public void Ids_decode_to_the_prompt() => EachCase((model, golden) =>
    {
        var outcome = CommandLine.Run("tokenize", "-m", model, "--decode", string.Join(',', Numbers(golden, "prompt_ids")), "--no-special");
        Assert.Equal(Text(golden, "prompt"), outcome.Succeeded().Output.TrimEnd('\n').TrimStart(' '));
    });

    [Fact]
    public void An_id_outside_the_vocabulary_does_not_decode() => CommandLine.Run("tokenize", "-m", Model(), "--decode", "1,99999").Refused("99999");

    [Fact]
    public void Greedy_text_equals_the_reference() => EachCase((model, golden) =>
    {
        var outcome = CommandLine.Run("generate", "-m", model, "--raw", "--prompt", Text(golden, "prompt"), "--greedy", "--max-tokens", "32", "--json");
        Assert.Equal(Numbers(golden, "prompt_ids"), outcome.Numbers("promptIds"));
        Assert.Equal(Numbers(golden, "greedy_ids"), outcome.Numbers("ids"));
        Assert.Equal(Text(golden, "greedy_text"), Text(outcome.Json(), "text"));
    });

    [Fact]
    public void Text_for_people_is_the_text_of_the_document() => EachCase((model, golden) =>
        Assert.Equal(Text(golden, "greedy_text") + "\n", CommandLine.Run("generate", "-m", model, "--raw", "-p", Text(golden, "prompt"), "--greedy", "-n", "32").Succeeded().Output.ReplaceLineEndings("\n")));

    [Fact]
    public void Best_logits_after_the_prompt_equal_the_reference() => EachCase((model, golden) =>
    {
        var last = CommandLine.Run("logits", "-m", model, "--raw", "-p", Text(golden, "prompt"), "--json").Json()["positions"]!.AsArray()[^1]!.AsObject();
        var expected = golden["first_step"]!.AsObject();
        Assert.Equal(Numbers(expected, "top10_ids"), Numbers(last, "ids"));
        foreach (var (logit, reference) in last["logits"]!.AsArray().Zip(expected["top10_logits"]!.AsArray()))
            Assert.Equal(reference!.GetValue<double>(), logit!.GetValue<double>(), Tolerance);
        Assert.Equal(expected["logsumexp"]!.GetValue<double>(), last["logSumExp"]!.GetValue<double>(), Tolerance);
    });

    [Fact]
    public void A_stop_string_ends_the_text_before_it()
    {
        var json = CommandLine.Run("generate", "-m", Model(), "--raw", "-p", "Once upon a time", "--greedy", "--stop", "Lily", "--json").Json();
        Assert.Equal(", a little girl named ", Text(json, "text"));
        Assert.Equal("stop", Text(json, "stop"));
    }

    [Fact]
    public void The_same_seed_draws_the_same_text()
    {
        string Drawn(string seed) => CommandLine.Run("generate", "-m", Model(), "--raw", "-p", "One day", "--temperature", "1", "--seed", seed, "-n", "24").Succeeded().Output;
        Assert.Equal(Drawn("7"), Drawn("7"));
        Assert.NotEqual(Drawn("7"), Drawn("8"));
    }

    [Fact]
    public void A_fitted_vector_is_written_described_and_changes_the_text()
    {
        using var folder = new TemporaryFolder();
        string model = Model(), vector = folder["mood.safetensors"];
        var fitted = CommandLine.Run("fit", "mean-difference", "-m", model, "-d", Mood, "-o", vector, "--form", "raw", "--json").Json();
        Assert.Equal(["file", "directions", "leftOut", "provenance"], fitted.Select(member => member.Key));
        var described = CommandLine.Run("inspect", vector, "--json").Json();
        Assert.Equal("steering vector", Text(described, "kind"));
        Assert.Equal("mean-difference", described["provenance"]!["method"]!.GetValue<string>());
        Assert.Equal(["blocks.0.resid_post", "blocks.1.resid_post"], described["directions"]!.AsArray().Select(d => d!["at"]!.GetValue<string>()));

        string Steered(params string[] steer) => CommandLine.Run(["generate", "-m", model, "--raw", "-p", "Once upon a time", "--greedy", "-n", "32", .. steer]).Succeeded().Output;
        string plain = Steered();
        Assert.Equal(plain, Steered("--steer", $"{vector}@0:0n"));
        Assert.NotEqual(plain, Steered("--steer", $"{vector}@0:-0.2n"));
        Assert.NotEqual(plain, Steered("--steer", $"{vector}@all:0.2n", "--steer-tokens", "after_prompt"));
        CommandLine.Run("generate", "-m", model, "--raw", "-p", "a", "--steer", $"{vector}@2:1").Refused("blocks.2.resid_post");
        CommandLine.Run("generate", "-m", ReferenceModel.Folder("llama"), "--ids", "1", "--steer", $"{vector}@0:1").Refused("stories656k-llama", "llama");
    }

    [Theory]
    [InlineData("--form", "sideways", "form")]
    [InlineData("--form", "+5", "form")]
    [InlineData("--tokens", "answer", "tokens")]
    public void A_method_option_that_is_not_understood_is_refused(string option, string value, string named) =>
        CommandLine.Run("fit", "mean-difference", "-m", Model(), "-d", Mood, "-o", "never-written.safetensors", option, value).Refused("mean-difference", named);

    [Fact]
    public void A_run_that_cannot_be_done_ends_with_1()
    {
        // Every option is right; that the patterns of two texts have no common width shows only when they are made.
        using var folder = new TemporaryFolder();
        string texts = folder.Write("texts.txt", "One day\nOnce upon a time\n");
        var outcome = CommandLine.Run("capture", "-m", Model(), "--file", texts, "--at", "blocks.0.attn_pattern", "-o", folder["out.safetensors"]);
        Assert.Equal((ExitCode.Failed, ""), (outcome.Code, outcome.Output));
        Assert.Contains("width depends on the text", Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_several_texts_are_captured_with_their_text_and_position()
    {
        using var folder = new TemporaryFolder();
        string model = Model(), texts = folder.Write("texts.txt", "One day\n\nOnce upon a time\n"), file = folder["rows.safetensors"];
        CommandLine.Run("capture", "-m", model, "--file", texts, "--at", "blocks.1.resid_post", "-o", file).Succeeded();
        using var rows = Trimtab.Tensors.Files.SafetensorsFile.Open(file);
        int[] sequences = rows["rows.sequence"].As<int>().ToArray();
        Assert.Equal([0, 1], sequences.Distinct());
        Assert.Equal(sequences.Length, rows["blocks.1.resid_post"].RowCount);
        Assert.Equal([.. Enumerable.Range(0, sequences.Count(s => s == 0)), .. Enumerable.Range(0, sequences.Count(s => s == 1))], rows["rows.position"].As<int>().ToArray());
        CommandLine.Run("capture", "-m", model, "--file", texts, "--prompt", "a", "--at", "embed", "-o", file).Refused("--file");
    }

    [Fact]
    public void A_model_without_a_template_holds_no_conversation()
    {
        var outcome = CommandLine.RunWith("Hello\n", "chat", "-m", Model());
        Assert.Equal(ExitCode.WrongUsage, outcome.Code);
        Assert.Contains("no chat template", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
        CommandLine.Run("generate", "-m", Model(), "--prompt", "Hello").Refused("no chat template", "--raw");
    }

    /// <summary>The model's folder; the test is skipped where it is absent.</summary>
    internal static string Model()
    {
        string? folder = Repository.Shared is { } shared ? Path.Combine(shared, "models", "stories656k-llama") : null;
        Assert.SkipWhen(!Directory.Exists(folder), Repository.NoShared);
        return folder!;
    }

    private static void EachCase(Action<string, JsonObject> check)
    {
        string model = Model();
        foreach (var golden in JsonNode.Parse(File.ReadAllText(Path.Combine(model, "golden.json")))!["cases"]!.AsArray())
            check(model, golden!.AsObject());
    }

    private static string Text(JsonObject json, string member) => json[member]!.GetValue<string>();

    private static int[] Numbers(JsonObject json, string member) => [.. json[member]!.AsArray().Select(item => item!.GetValue<int>())];
}
