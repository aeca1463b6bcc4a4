using System.Text.Json.Nodes;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab sae`, and what `trimtab inspect` says of autoencoders.</summary>
public sealed class SaeTests : IDisposable
{
    private const int StoryWidth = 128;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_autoencoder_is_described_by_its_folder_or_its_weights()
    {
        foreach (string path in (string[])[Golden("sae_topk"), Path.Combine(Golden("sae_topk"), "sae.safetensors")])
        {
            var json = CommandLine.Run("inspect", path, "--json").Json();
            Assert.Equal(("sparse autoencoder", "sparsify", "topk"), (Text(json, "kind"), Text(json, "format"), Text(json, "activation")));
            Assert.Equal((256, 64, 8.0, true), (json["latents"]!.GetValue<int>(), json["inputWidth"]!.GetValue<int>(), json["statedL0"]!.GetValue<double>(), json["centresInput"]!.GetValue<bool>()));
        }
        var gemma = CommandLine.Run("inspect", Path.Combine(Golden("sae_jumprelu"), "params.npz"), "--json").Json();
        Assert.Equal(("gemma-scope", "jumprelu"), (Text(gemma, "format"), Text(gemma, "activation")));
    }

    [Fact]
    public void Conversion_is_said_in_one_line_and_refused_where_a_format_has_no_place()
    {
        string output = CommandLine.Run("sae", "convert", "--sae", Golden("sae_topk"), "--to", "saelens", "-o", _folder["lens"]).Succeeded().Output;
        Assert.Contains("sparsify → saelens", output, StringComparison.Ordinal);
        Assert.Equal("saelens", Text(CommandLine.Run("inspect", _folder["lens"], "--json").Json(), "format"));
        var json = CommandLine.Run("sae", "convert", "--sae", _folder["lens"], "--to", "sparsify", "-o", _folder["back"], "--json").Json();
        Assert.Equal(("saelens", "sparsify", 256), (Text(json, "from"), Text(json, "to"), json["latents"]!.GetValue<int>()));
        CommandLine.Run("sae", "convert", "--sae", Golden("sae_relu"), "--to", "sparsify", "-o", _folder["none"]).Refused("sparsify", "relu");
    }

    [Fact]
    public void A_perfect_autoencoder_of_a_story_model_recovers_its_loss()
    {
        var json = Check(Perfect()).Json();
        Assert.Equal("blocks.0.resid_post", Text(json, "at"));
        Assert.True(json["loss"]!.GetValue<double>() < 4, "the model does not know stories");
        Assert.True(json["lossZeroed"]!.GetValue<double>() > json["loss"]!.GetValue<double>() + 1);
        Assert.Equal(1, json["lossRecovered"]!.GetValue<double>(), 1e-5);
        Assert.Equal(0, json["fvu"]!.GetValue<double>(), 1e-9);
        Assert.Equal(StoryWidth, json["l0"]!.GetValue<double>());
        Assert.Empty(json["findings"]!.AsArray());
    }

    [Fact]
    public void An_autoencoder_that_does_not_fit_is_measured_and_ends_with_a_failure()
    {
        var outcome = Check(Writing(new SparseAutoencoder(new SaeWeights(Tensor.Zeros(new Shape(8, StoryWidth)), Ones(8), Tensor.Zeros(new Shape(8, StoryWidth)), Tensor.Zeros(new Shape(StoryWidth))), new Relu())), "--layer", "0");
        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("misses", outcome.Error, StringComparison.Ordinal);
        var json = JsonNode.Parse(outcome.Output)!.AsObject();
        Assert.Equal("DoesNotFit", Text(json["findings"]![0]!.AsObject(), "problem"));
        Assert.Equal(0, json["lossRecovered"]!.GetValue<double>(), 1e-6);
    }

    [Fact]
    public void People_read_the_same_in_words()
    {
        string output = CommandLine.Run("sae", "check", "--sae", Perfect(), "-m", Stories(), "-d", Data()).Succeeded().Output;
        Assert.Contains("loss recovered       100.0", output, StringComparison.Ordinal);
        Assert.Contains("without the first token", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hook_points_are_refused() =>
        CommandLine.Run("sae", "check", "--sae", Golden("sae_topk"), "-m", ReferenceModel.Folder("llama"), "-d", "x.txt", "--layer", "1", "--at", "embed").Refused("--layer", "--at");

    [Fact]
    public void An_autoencoder_without_a_place_asks_for_the_hook_point() =>
        CommandLine.Run("sae", "check", "--sae", Golden("sae_topk"), "-m", ReferenceModel.Folder("llama"), "-d", "x.txt").Refused("Give the hook point");

    [Fact]
    public void Texts_begin_as_those_of_the_training_did()
    {
        using var model = Trimtab.Models.ModelLoader.Load(Stories());
        string data = _folder.Write("long.txt", File.ReadAllText(Path.Combine(Repository.Shared!, "data", "tinystories_sample", "tinystories_sample.txt"))[..3000]);
        int begin = model.Tokenizer!.BosId!.Value;
        int[][] Ids(SaeOrigin origin, int? window = null) => [.. SaeTexts.Load(data, model, origin, window).Select(text => text.Ids)];
        int[][] asTokenizer = Ids(new SaeOrigin()), without = Ids(new SaeOrigin { PrependsBos = false, ContextSize = 64 }), with = Ids(new SaeOrigin { PrependsBos = true }, window: 32);
        Assert.All(asTokenizer, ids => Assert.Equal(begin, ids[0]));
        Assert.All(without, ids => Assert.NotEqual(begin, ids[0]));
        Assert.All(with, ids => Assert.Equal((begin, true), (ids[0], ids[1] != begin)));
        Assert.Equal(without.SelectMany(ids => ids), asTokenizer.SelectMany(ids => ids.Skip(1)));
        Assert.Equal((256, 64, 32), (asTokenizer[0].Length, without[0].Length, with[0].Length));
    }

    [Fact]
    public void A_line_without_a_text_is_refused_with_its_number()
    {
        string data = _folder.Write("texts.jsonl", "{\"text\": \"One day\"}\n\n{\"words\": 3}\n");
        CommandLine.Run("sae", "check", "--sae", Perfect(), "-m", Stories(), "-d", data).Refused("line 3", "a member text");
    }

    public void Dispose() => _folder.Dispose();

    private static string Golden(string name) => Path.Combine(Repository.Golden, name);

    private static string Text(JsonObject json, string member) => json[member]!.GetValue<string>();

    private static string Stories()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        return Path.Combine(Repository.Shared!, "models", "stories656k-llama");
    }

    private Outcome Check(string sae, params string[] more) => CommandLine.Run(["sae", "check", "--sae", sae, "-m", Stories(), "-d", Data(), "--json", .. more]);

    private string Data() => _folder.Write("texts.jsonl", """
        {"text": "Once upon a time, there was a little girl named Lily. She loved to play outside in the park."}
        {"text": "One day, a boy named Tom found a big red ball. He was very happy and wanted to show it to his mom."}
        """);

    // Latent i is the positive part of value i, latent D + i the negative one.
    private string Perfect()
    {
        var both = Tensor.Zeros(new Shape(2 * StoryWidth, StoryWidth));
        for (int i = 0; i < StoryWidth; i++)
            (both.Row(i)[i], both.Row(StoryWidth + i)[i]) = (1, -1);
        return Writing(new SparseAutoencoder(new SaeWeights(both, Tensor.Zeros(new Shape(2 * StoryWidth)), both, Tensor.Zeros(new Shape(StoryWidth))), new Relu())
        {
            Origin = new SaeOrigin { At = Trimtab.Models.Hooks.HookPoint.ResidPost(0) },
        });
    }

    private string Writing(SparseAutoencoder sae)
    {
        using (sae)
            sae.Save(_folder["sae"], "saelens");
        return _folder["sae"];
    }

    private static Tensor Ones(int count)
    {
        var ones = Tensor.Zeros(new Shape(count));
        ones.Values.Fill(1);
        return ones;
    }
}
