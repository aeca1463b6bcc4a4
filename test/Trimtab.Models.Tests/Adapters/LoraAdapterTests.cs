using System.Text.Json.Nodes;
using Trimtab.Models.Adapters;
using Trimtab.Models.Gguf;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Adapters;

public sealed class LoraAdapterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-lora-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, InlineData("llama"), InlineData("phi3"), InlineData("gpt2"), InlineData("gemma2"), InlineData("mixtral")]
    public void A_merged_model_computes_what_the_adapted_one_does(string name)
    {
        var model = GoldenModel.Of(name).Model;
        var adapter = Filled(LoraAdapter.Create(model, new LoraOptions { Rank = 3, Alpha = 6, TargetPattern = @"(?!lm_head).*" }, seed: 1));
        string path = Path.Combine(_folder.FullName, "merged");
        ModelConverter.ToFolder(model.With(adapter).Merged(), path);
        using var merged = ModelLoader.Load(path);
        var (plain, adapted) = (Logits(model), Logits(model.With(adapter)));
        Assert.True(Largest(plain, adapted) > 1e-2, "The adapter changes nothing.");
        // Logits of about 1 through at most seven blocks: the tolerance of the golden numbers.
        Near.Equal(adapted, Logits(merged), 1e-4f, name);
    }

    [Fact]
    public void A_new_adapter_changes_no_bit()
    {
        var model = GoldenModel.Of("qwen2").Model;
        Near.Identical(Logits(model).Values, Logits(model.With(LoraAdapter.Create(model, new LoraOptions(), seed: 1))).Values, "logits");
    }

    [Fact]
    public void What_is_saved_is_what_is_loaded()
    {
        var model = GoldenModel.Of("llama").Model;
        var options = new LoraOptions { Rank = 5, Alpha = 7.5, RankStabilised = true, Dropout = 0.25, Targets = ["q_proj", "down_proj"] };
        var adapter = Filled(LoraAdapter.Create(model, options, seed: 3));
        Saved(adapter);
        var loaded = LoraAdapter.Load(_folder.FullName);
        Assert.Equal(adapter.Layers.Keys.Order(StringComparer.Ordinal), loaded.Layers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(8, loaded.Layers.Count);
        Assert.Equal((5, 7.5, true, 0.25), (loaded.Options.Rank, loaded.Options.Alpha, loaded.Options.RankStabilised, loaded.Options.Dropout));
        Near.Identical(Logits(model.With(adapter)).Values, Logits(model.With(loaded)).Values, "logits");
    }

    [Fact]
    public void Layers_of_a_rank_and_scale_of_their_own_keep_them()
    {
        var model = GoldenModel.Of("llama").Model;
        Saved(Filled(LoraAdapter.Create(model, new LoraOptions { Rank = 2, Alpha = 4, Targets = ["q_proj"] }, seed: 1)));
        var wide = Filled(LoraAdapter.Create(model, new LoraOptions { Rank = 6, Alpha = 3, Targets = ["model.layers.1.self_attn.q_proj"] }, seed: 2)).Layers.Single();
        Tensors.Files.SafetensorsFile.Write(PathOf("adapter_model.safetensors"), Entries(LoraAdapter.Load(_folder.FullName)).Where(e => !e.Name.Contains(wide.Key, StringComparison.Ordinal))
            .Concat([($"base_model.model.{wide.Key}.lora_A.weight", wide.Value.A), ($"base_model.model.{wide.Key}.lora_B.weight", wide.Value.B)]).ToList());
        Change(config =>
        {
            config["rank_pattern"] = new JsonObject { ["layers.1.self_attn.q_proj"] = 6 };
            config["alpha_pattern"] = new JsonObject { ["layers.1.self_attn.q_proj"] = 3 };
        });
        var read = LoraAdapter.Load(_folder.FullName);
        Assert.Equal((0.5f, 2f), (read.Layers[wide.Key].Scale, read.Layers["model.layers.0.self_attn.q_proj"].Scale));
        var before = Logits(model.With(read));
        read.Save(_folder.FullName, "llama");
        Near.Identical(before.Values, Logits(model.With(LoraAdapter.Load(_folder.FullName))).Values, "logits");
    }

    [Theory]
    [InlineData("use_dora", "true", "use_dora is true")]
    [InlineData("bias", "\"all\"", "bias is \"all\"")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "modules_to_save")]
    [InlineData("peft_type", "\"IA3\"", "peft_type is \"IA3\"")]
    [InlineData("use_novelty", "true", "use_novelty is not understood")]
    [InlineData("r", "4", "rank 4")]
    public void A_configuration_that_asks_for_something_else_is_refused_by_its_key(string key, string value, string message)
    {
        Saved(LoraAdapter.Create(GoldenModel.Of("llama").Model, new LoraOptions { Rank = 2 }, seed: 1));
        Change(config => config[key] = JsonNode.Parse(value));
        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => LoraAdapter.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused()
    {
        var adapter = LoraAdapter.Create(GoldenModel.Of("llama").Model, new LoraOptions(), seed: 1);
        Assert.Contains("belongs to another model", Assert.Throws<ModelFormatException>(() => GoldenModel.Of("gpt2").Model.With(adapter)).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to another model", Assert.Throws<ModelFormatException>(() => GoldenModel.Of("qwen3").Model.With(adapter)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_that_name_no_layer_are_refused_with_those_there_are()
    {
        string message = Assert.Throws<ArgumentException>(() => LoraAdapter.Create(GoldenModel.Of("gpt2").Model, new LoraOptions { Targets = ["c_fc", "v_porj", "q_proj"] }, seed: 1)).Message;
        Assert.Contains("'v_porj', 'q_proj'. Its layers end in c_attn, c_proj, c_fc", message, StringComparison.Ordinal);
        Assert.Contains(@"'.*\.v_porj'", Assert.Throws<ArgumentException>(() => LoraAdapter.Create(GoldenModel.Of("llama").Model, new LoraOptions { TargetPattern = @".*\.v_porj" }, seed: 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")]
    [InlineData("qwen2", "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")]
    [InlineData("gemma2", "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")]
    [InlineData("phi3", "qkv_proj, o_proj, gate_up_proj, down_proj")]
    [InlineData("gpt2", "c_attn, c_proj, c_fc")]
    [InlineData("mixtral", "q_proj, k_proj, v_proj, o_proj, w1, w3, w2")]
    [InlineData("qwen2_moe", "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")]
    public void By_default_every_product_of_the_blocks_is_adapted_but_routers_and_head(string name, string expected)
    {
        var model = GoldenModel.Of(name).Model;
        var adapter = LoraAdapter.Create(model, new LoraOptions { Rank = 1 }, seed: 1);
        Assert.Equal(expected, string.Join(", ", adapter.Options.Targets));
        string[] others = [.. model.Layers.Select(layer => layer.Name).Except(adapter.Layers.Keys)];
        Assert.All(others, layer => Assert.Matches(@"(^|\.)lm_head$|\.(shared_expert_)?gate$", layer));
        Saved(adapter);
        Assert.Equal(adapter.Options.Targets, LoraAdapter.Load(_folder.FullName).Options.Targets);
    }

    [Fact]
    public void Dropout_leaves_out_its_share_and_only_in_training_passes()
    {
        var model = GoldenModel.Of("llama").Model;
        var adapter = Filled(LoraAdapter.Create(model, new LoraOptions { Rank = 2, Dropout = 0.5 }, seed: 1)).Trained(seed: 4);
        var resting = Logits(model.With(adapter));
        adapter.Dropout!.Begin(3);
        var first = Logits(model.With(adapter));
        adapter.Dropout.Begin(3);
        Near.Identical(first.Values, Logits(model.With(adapter)).Values, "the same pass");
        adapter.Dropout.Begin(4);
        Assert.True(Largest(first, Logits(model.With(adapter))) > 1e-3, "Another pass leaves out the same.");
        adapter.Dropout.End();
        Near.Identical(resting.Values, Logits(model.With(adapter)).Values, "at rest");
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Entries(LoraAdapter adapter) =>
        adapter.Layers.SelectMany(l => new[] { ($"base_model.model.{l.Key}.lora_A.weight", l.Value.A), ($"base_model.model.{l.Key}.lora_B.weight", l.Value.B) });

    // B of a new adapter is zero: with random values it has something to add.
    private static LoraAdapter Filled(LoraAdapter adapter)
    {
        var random = new Random(5);
        foreach (var layer in adapter.Layers.Values)
            foreach (ref float value in layer.B.Values)
                value = random.NextSingle() - 0.5f;
        return adapter;
    }

    private void Saved(LoraAdapter adapter) => adapter.Save(_folder.FullName, "llama");

    private void Change(Action<JsonObject> change)
    {
        var config = JsonNode.Parse(File.ReadAllText(PathOf("adapter_config.json")))!.AsObject();
        change(config);
        File.WriteAllText(PathOf("adapter_config.json"), config.ToJsonString());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static Tensor Logits(LoadedModel model)
    {
        using var run = new ModelRun(model, [new Sequence([1, 5, 9, 200, 33, 7])]);
        return run.Forward(LogitRows.All)!.Keep();
    }

    private static float Largest(Tensor a, Tensor b) => a.Values.ToArray().Zip(b.Values.ToArray()).Max(pair => MathF.Abs(pair.First - pair.Second));
}
