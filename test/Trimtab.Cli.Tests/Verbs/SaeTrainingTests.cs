using System.Text.Json.Nodes;
using Trimtab.Steering.Sae;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab sae train` and `trimtab sae features` on a model of words, and what they leave behind in plans and fits.</summary>
public sealed class SaeTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WordModel _words = new();

    public void Dispose()
    {
        _folder.Dispose();
        _words.Dispose();
    }

    [Fact]
    public void An_autoencoder_is_trained_looked_at_and_steered_by()
    {
        var report = Train("sae").Item2;
        Assert.Equal("blocks.1.resid_post", report["at"]!.GetValue<string>());
        Assert.Equal(4, report["l0"]!.GetValue<double>());
        Assert.True(report["fvu"]!.GetValue<double>() < 1);
        using (var sae = SparseAutoencoder.Load(_folder["sae"]))
            Assert.Equal(("topk", 32, "blocks.1.hook_resid_post"), (sae.Kind.Name, sae.LatentCount, sae.Origin.HookName));

        var features = CommandLine.Run("sae", "features", "--sae", _folder["sae"], "-m", _words.Folder, "-d", Data(), "--prompt", "w30 w31", "--raw", "--count", "2", "-o", _folder["page.html"], "--json").Json();
        int latent = features["latents"]![0]!["latent"]!.GetValue<int>();
        Assert.Equal(2, features["latents"]!.AsArray().Count);
        Assert.Contains($"latent {latent}", File.ReadAllText(_folder["page.html"]), StringComparison.Ordinal);

        string pairs = _folder.Write("pairs.jsonl", "{\"question\": \"w5\", \"positive\": \"w30 w31\", \"negative\": \"w60\"}\n{\"question\": \"w6\", \"positive\": \"w32\", \"negative\": \"w61 w62\"}\n");
        var fit = CommandLine.Run("fit", "target-atoms", "-m", _words.Folder, "-d", pairs, "-o", _folder["atoms.safetensors"], "--sae", _folder["sae"], "--strict", "true", "--json").Json();
        Assert.Equal("blocks.1.resid_post", fit["directions"]![0]!["at"]!.GetValue<string>());
        Assert.Equal("target-atoms", fit["provenance"]!["method"]!.GetValue<string>());
        CommandLine.Run("fit", "target-atoms", "-m", _words.Folder, "-d", pairs, "-o", _folder["none.safetensors"]).Refused("no sparse autoencoder");
        CommandLine.Run("sae", "features", "--sae", _folder["sae"], "-m", _words.Folder, "-d", Data(), "--contrast", pairs, "--count", "3").Succeeded();
        CommandLine.Run("sae", "features", "--sae", _folder["sae"], "-m", _words.Folder, "-d", Data()).Refused("exactly one");

        string gate = $$"""{ "type": "probe", "at": "blocks.0.resid_post", "read": "last-prompt-token", "direction": { "values": [{{string.Join(',', Enumerable.Repeat("0", 64))}}] }, "bias": 5 }""";
        string edit = $$"""{ "type": "feature-clamp", "sae": "sae", "latents": [{ "latent": {{latent}}, "value": 9 }] }""";
        string plan = _folder.Write("plan.json", $$"""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": {{edit}}, "if": {{gate}} }] }""");
        string plain = Generated(), clamped = Generated("--plan", plan);
        Assert.NotEqual(plain, clamped);
        Assert.Equal(plain, Generated("--plan", _folder.Write("closed.json", File.ReadAllText(plan).Replace("\"bias\": 5", "\"bias\": -5", StringComparison.Ordinal))));
    }

    [Fact]
    public void Training_goes_on_and_other_settings_are_refused()
    {
        Train("whole");
        byte[] first = File.ReadAllBytes(_folder["whole/sae_weights.safetensors"]);
        Train("whole");
        Assert.Equal(first, File.ReadAllBytes(_folder["whole/sae_weights.safetensors"]));
        Assert.Contains("other data or options", Train("whole", "--k", "5").Outcome.Error, StringComparison.Ordinal);
        Train("none", "--kind", "gated", "--k", "4").Outcome.Refused("--k", "gated");
        Train("none", "--kind", "sparse").Outcome.Refused("'sparse'", "jumprelu");
        Train("none", "--kind", "matryoshka").Outcome.Refused("--groups");
    }

    [Fact]
    public void Several_hook_points_share_a_run()
    {
        var outcome = Train("two", "--at", "blocks.0.mlp_out", "--kind", "gated", "--penalty", "0.5").Outcome;
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        Assert.Equal("gated", SparseAutoencoder.Load(_folder["two/blocks.1.resid_post"]).Kind.Name);
        Assert.Equal("gated", SparseAutoencoder.Load(_folder["two/blocks.0.mlp_out"]).Kind.Name);
    }

    private (Outcome Outcome, JsonObject) Train(string name, params string[] more)
    {
        string[] kind = more.Contains("--kind") || more.Contains("--k") ? [] : ["--k", "4"];
        var outcome = CommandLine.Run(["sae", "train", "-m", _words.Folder, "-d", Data(), "-o", _folder[name], "--layer", "1", "--latents", "32", "--steps", "120", "--batch-rows", "32", "--buffer-rows", "128", "--learning-rate", "0.003", "--json", .. kind, .. more]);
        return (outcome, outcome.Code == ExitCode.Done ? JsonNode.Parse(outcome.Output)!["autoencoders"]![0]!.AsObject() : []);
    }

    private string Generated(params string[] more) => CommandLine.Run(["generate", "-m", _words.Folder, "-p", "w30 w31", "--greedy", "-n", "8", .. more]).Succeeded().Output;

    private string Data()
    {
        var random = new Random(3);
        return _folder.Write("texts.jsonl", string.Concat(Enumerable.Range(0, 60).Select(_ => $"{{\"text\": \"{string.Join(' ', Enumerable.Range(0, 12).Select(_ => $"w{random.Next(5, 21)}"))}\"}}\n")));
    }
}
