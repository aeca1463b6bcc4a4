using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Loading;

/// <summary>Keys that published configurations carry beside those of the goldens: understood, or known to change nothing.</summary>
public sealed class PublishedConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("qwen2", """{ "use_mrope": false, "_name_or_path": "Qwen2.5-0.5B" }""")]
    [InlineData("phi3", """{ "attention_bias": false, "mlp_bias": false, "lm_head_bias": false, "interpolate_factor": 1, "full_attn_mod": 1, "auto_map": { "AutoConfig": "x" } }""")]
    [InlineData("gemma2", """{ "sliding_window_size": 8, "cache_implementation": "hybrid", "_attn_implementation": "eager" }""")]
    [InlineData("gpt_neox", """{ "attention_probs_dropout_prob": 0, "hidden_dropout_prob": 0, "classifier_dropout": 0.1 }""")]
    [InlineData("gpt2", """{ "summary_activation": null, "summary_type": "cls_index", "task_specific_params": { "text-generation": { "do_sample": true, "max_length": 50 } }, "temperature": 1.0 }""")]
    [InlineData("deepseek_v3", """{ "ep_size": 1, "num_nextn_predict_layers": 1, "auto_map": {}, "head_dim": 16 }""")]
    public void They_load(string golden, string extra)
    {
        using var model = ModelLoader.Load(Changed(golden, extra));
        Assert.Equal(GoldenModel.Of(golden).Model.LayerCount, model.LayerCount);
    }

    [Theory]
    [InlineData("qwen2", """{ "use_mrope": true }""", "use_mrope")]
    [InlineData("phi3", """{ "interpolate_factor": 2 }""", "interpolate_factor")]
    [InlineData("gemma2", """{ "sliding_window_size": 16 }""", "sliding_window_size")]
    [InlineData("llama", """{ "quantization_config": { "quant_method": "fp8" } }""", "quantization_config")]
    public void A_value_that_would_change_the_computation_is_refused(string golden, string extra, string named) =>
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => ModelLoader.Load(Changed(golden, extra))).Message, StringComparison.Ordinal);

    private string Changed(string golden, string extra)
    {
        string source = Path.Combine(Repository.Golden, golden);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(extra)!.AsObject())
            config[key] = value?.DeepClone();
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(_folder, "model.safetensors"));
        return _folder;
    }
}
