using System.Text.Json.Nodes;
using Trimtab.Models.Tests.Invariants;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Loading;

/// <summary>Two spellings of the same configuration compute the same bits; two configurations that differ do not.</summary>
public sealed class ConfigSpellingTests
{
    private const string Llama3 = """ "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64 """;
    private const string Slides = "\"sliding_attention\"", Full = "\"full_attention\"";
    private const string LongFactors = """ "short_factor": [1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5], "long_factor": [1.2, 1.5, 2.0, 2.6, 3.1, 3.6, 3.9, 4.0] """;

    // model, and changes of its configuration that mean what the golden file means.
    public static TheoryData<string, string> SameMeaning => new()
    {
        { "llama", $$""" "rope_scaling": {"type": "llama3", {{Llama3}} } """ },
        { "llama", $$""" "rope_scaling": {"type": "llama3", "rope_type": "llama3", {{Llama3}} } """ },
        { "llama", $$""" "rope_scaling": null, "rope_theta": null, "rope_parameters": {"rope_type": "llama3", "rope_theta": 10000.0, {{Llama3}} } """ },
        { "llama", $$""" "rope_scaling": null, "rope_parameters": {"rope_type": "llama3", "partial_rotary_factor": 1.0, {{Llama3}} } """ },
        { "llama", """ "rope_theta": null, "attention_bias": null, "mlp_bias": null, "hidden_act": null, "head_dim": null, "tie_word_embeddings": null """ },
        { "llama", """ "rope_theta": 10000, "hidden_size": 64.0, "head_dim": 16, "hidden_act": "swish" """ },
        { "llama", """ "task_specific_params": {"anything": 1}, "torch_dtype": "float64", "_name_or_path": "x", "use_cache": false """ },
        { "llama_dynamic_ntk", """ "rope_scaling": {"rope_type": "dynamic", "factor": 2} """ },
        { "llama_dynamic_ntk", """ "rope_scaling": null, "rope_parameters": {"rope_type": "dynamic", "factor": 2, "rope_theta": 1e4} """ },
        { "llama_dynamic_ntk", """ "rope_scaling": {"rope_type": "dynamic", "factor": 2, "original_max_position_embeddings": 16} """ },
        { "phi3_longrope", $$""" "rope_scaling": {"rope_type": "longrope", {{LongFactors}} } """ },
        { "phi3_longrope", $$""" "original_max_position_embeddings": null, "rope_scaling": {"type": "longrope", "original_max_position_embeddings": 16, {{LongFactors}} } """ },
        { "phi3_longrope", $$""" "rope_scaling": {"type": "su", "factor": 4.0, {{LongFactors}} } """ },
        { "phi3_longrope", $$""" "rope_scaling": null, "rope_parameters": {"rope_type": "longrope", "partial_rotary_factor": 1.0, {{LongFactors}} } """ },
        { "phi3_longrope", """ "sliding_window": null """ },
        { "mistral", $$""" "layer_types": [{{Slides}}, {{Slides}}, {{Slides}}, {{Slides}}] """ },
        { "mistral_nemo", $$""" "layer_types": [{{Full}}, {{Full}}, {{Full}}] """ },
        { "mistral_nemo", """ "sliding_window": 128 """ },
        { "qwen2", """ "sliding_window": null """ },
        { "qwen2", """ "use_sliding_window": true, "max_window_layers": 4 """ },
        { "qwen3", $$""" "layer_types": [{{Full}}, {{Full}}, {{Full}}, {{Full}}] """ },
        { "gemma2", $$""" "layer_types": [{{Slides}}, {{Full}}, {{Slides}}, {{Full}}] """ },
        { "gemma2", """ "hidden_activation": null, "tie_word_embeddings": null """ },
        { "gemma3_text", """ "sliding_window_pattern": null, "_sliding_window_pattern": 6 """ },
        { "gemma3_text", """ "sliding_window_pattern": null """ },
        { "gemma3_text", $$""" "sliding_window_pattern": null, "layer_types": [{{Slides}}, {{Slides}}, {{Slides}}, {{Slides}}, {{Slides}}, {{Full}}, {{Slides}}] """ },
        { "gemma3_text", """ "rope_theta": null, "rope_local_base_freq": null """ },
        { "gemma3_text", """ "rope_theta": null, "rope_local_base_freq": null, "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1000000.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}} """ },
        { "gpt_neox", """ "rotary_pct": null, "partial_rotary_factor": 0.25, "rotary_emb_base": null, "rope_theta": 10000 """ },
        { "gpt_neox", """ "rotary_pct": null, "rotary_emb_base": null, "rope_parameters": {"rope_type": "default", "rope_theta": 10000, "partial_rotary_factor": 0.25} """ },
        { "gpt_neox", """ "rotary_pct": null, "rotary_emb_base": null, "use_parallel_residual": null """ },
        { "gpt2", """ "n_ctx": null, "n_inner": 256, "activation_function": null, "scale_attn_weights": true """ },
        { "qwen2_moe", """ "qkv_bias": true, "decoder_sparse_step": null """ },
        { "deepseek_v3", """ "head_dim": 16, "rope_interleave": true, "num_nextn_predict_layers": 1 """ },
    };

    // model, and changes that must be felt.
    public static TheoryData<string, string> OtherMeaning => new()
    {
        { "llama", """ "rope_scaling": null """ },
        { "llama", """ "rope_theta": 5000.0 """ },
        { "llama", """ "rms_norm_eps": 0.1 """ },
        { "mistral", """ "sliding_window": null """ },
        { "mistral", $$""" "layer_types": [{{Slides}}, {{Slides}}, {{Full}}, {{Slides}}] """ },
        { "qwen2", """ "use_sliding_window": true, "max_window_layers": 2 """ },
        { "gemma2", """ "attn_logit_softcapping": null """ },
        { "gemma2", """ "final_logit_softcapping": null """ },
        { "gemma2", """ "query_pre_attn_scalar": 32 """ },
        { "gemma3_text", """ "sliding_window_pattern": 3 """ },
        { "gemma3_text", """ "rope_local_base_freq": 20000.0 """ },
        { "gemma3_text", """ "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}} """ },
        { "gemma3_text", """ "rope_scaling": {"rope_type": "linear", "factor": 8.0} """ },
        { "phi3", """ "partial_rotary_factor": 0.5 """ },
        { "phi3", """ "rope_scaling": null, "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5} """ },
        { "gpt_neox", """ "use_parallel_residual": false """ },
        { "gpt_neox", """ "rotary_pct": 0.5 """ },
        { "gpt_neox", """ "rotary_pct": null, "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5} """ },
        { "olmoe", """ "clip_qkv": 0.1 """ },
        { "olmoe", """ "norm_topk_prob": true """ },
        { "qwen3_moe", """ "num_experts_per_tok": 2 """ },
        { "deepseek_v3", """ "routed_scaling_factor": 1.0 """ },
        { "deepseek_v3", """ "topk_group": 1, "num_experts_per_tok": 2 """ },
    };

    [Theory, MemberData(nameof(SameMeaning))]
    public void Another_spelling_computes_the_same_bits(string name, string change)
    {
        var (expected, actual) = Compute(name, change);
        Near.Identical(expected, actual, $"{name} with {change}");
    }

    [Theory, MemberData(nameof(OtherMeaning))]
    public void Another_meaning_is_felt(string name, string change)
    {
        var (expected, actual) = Compute(name, change);
        // test/golden/sensitivity.json: a single wrong feature moves a logit by 1e-2 or more.
        Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() > 1e-3, $"{name} with {change} computes the same");
    }

    [Theory, InlineData("qwen2"), InlineData("gemma2"), InlineData("gpt2")]
    public void A_copy_of_a_tied_head_changes_nothing(string name)
    {
        using var folder = ModelFolder.OfGolden(name);
        string embedding = folder.Tensors.Keys.Single(n => n.EndsWith("embed_tokens.weight", StringComparison.Ordinal) || n.EndsWith("wte.weight", StringComparison.Ordinal));
        folder.Tensors["lm_head.weight"] = folder.Tensors[embedding];
        using var model = folder.Load();
        int[] ids = GoldenModel.Of(name).Ids("seqB.input_ids");
        Near.Identical(Runs.AllLogits(GoldenModel.Of(name).Model, ids), Runs.AllLogits(model, ids), name);
    }

    [Theory, InlineData("gpt2", "transformer."), InlineData("llama", "model.")]
    public void An_outer_prefix_may_be_there_or_not(string name, string prefix)
    {
        using var folder = ModelFolder.OfGolden(name);
        foreach (string tensor in folder.Tensors.Keys.Where(n => n != "lm_head.weight").ToArray())
        {
            folder.Tensors.Remove(tensor, out var value);
            folder.Tensors[tensor.StartsWith(prefix, StringComparison.Ordinal) ? tensor[prefix.Length..] : prefix + tensor] = value!;
        }
        using var model = folder.Load();
        int[] ids = GoldenModel.Of(name).Ids("seqB.input_ids");
        Near.Identical(Runs.AllLogits(GoldenModel.Of(name).Model, ids), Runs.AllLogits(model, ids), name);
    }

    private static (float[] Expected, float[] Actual) Compute(string name, string change)
    {
        using var folder = ModelFolder.OfGolden(name);
        using var plain = folder.Load();
        foreach (var (key, value) in JsonNode.Parse($"{{{change}}}")!.AsObject())
            folder.Config[key] = value?.DeepClone();
        using var model = folder.Load();
        int[] ids = GoldenModel.Of(name).Ids("seqB.input_ids");
        return (Runs.AllLogits(plain, ids), Runs.AllLogits(model, ids));
    }
}
