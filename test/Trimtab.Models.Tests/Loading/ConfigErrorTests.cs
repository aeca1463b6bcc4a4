using System.Text.Json.Nodes;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Models.Tests.Loading;

/// <summary>A configuration or checkpoint that is not understood is refused by one exception that names the file, the key or tensor, and the value.</summary>
public sealed class ConfigErrorTests
{
    // model; keys with their JSON values, which are set (or removed, where the value is empty); what the message must name.
    public static TheoryData<string, string, string[]> BadConfigs => new()
    {
        { "llama", """ "rope_fancy": 7 """, ["rope_fancy", "7", "not understood"] },
        { "llama", """ "quantization_config": {"bits": 4} """, ["quantization_config", "bits"] },
        { "llama", """ "hidden_size": "64" """, ["hidden_size", "\"64\"", "whole number"] },
        { "llama", """ "hidden_size": 64.5 """, ["hidden_size", "64.5", "whole number"] },
        { "llama", """ "hidden_size": [64] """, ["hidden_size", "[64]"] },
        { "llama", """ "hidden_size": true """, ["hidden_size", "true"] },
        { "llama", """ "hidden_size": 0 """, ["hidden_size", "0"] },
        { "llama", """ "hidden_size": -64 """, ["hidden_size", "-64"] },
        { "llama", """ "hidden_size": 2147483647 """, ["hidden_size", "2147483647"] },
        { "llama", """ "hidden_size": 1e40 """, ["hidden_size", "1e40"] },
        { "llama", """ "hidden_size": 268435456 """, ["embed_tokens.weight", "[331, 64]", "[331, 268435456]"] },
        { "llama", """ "hidden_size": null """, ["hidden_size", "missing"] },
        { "llama", """ "vocab_size": 330 """, ["embed_tokens.weight", "[331, 64]", "[330, 64]"] },
        { "llama", """ "intermediate_size": 113 """, ["mlp.gate_proj.weight", "[112, 64]", "[113, 64]"] },
        { "llama", """ "num_attention_heads": 5 """, ["num_key_value_heads", "2", "divide", "5"] },
        { "llama", """ "num_attention_heads": 6 """, ["num_attention_heads", "6", "hidden_size, 64"] },
        { "llama", """ "num_key_value_heads": 3 """, ["num_key_value_heads", "3", "divide", "4"] },
        { "llama", """ "num_attention_heads": 64, "num_key_value_heads": 64 """, ["num_attention_heads", "64", "pairs"] },
        { "llama", """ "head_dim": 15 """, ["head_dim", "15", "pairs"] },
        // 4 heads of 2³⁰ + 16 are 64 values in 32-bit arithmetic: the tensors fit, and kernels would read far outside them.
        { "llama", """ "head_dim": 1073741840 """, ["head_dim", "1073741840"] },
        { "llama", """ "head_dim": 134217744 """, ["q_proj.weight", "[536870976, 64]"] },
        { "llama", """ "num_hidden_layers": 1000000000 """, ["num_hidden_layers", "1000000000"] },
        { "llama", """ "num_hidden_layers": 200000000 """, ["model.layers.4.", "missing"] },
        { "mistral", """ "num_hidden_layers": 200000000 """, ["model.layers.4.", "missing"] },
        { "qwen2", """ "num_hidden_layers": 200000000 """, ["model.layers.4.", "missing"] },
        { "gemma2", """ "num_hidden_layers": 200000000 """, ["model.layers.4.", "missing"] },
        { "gpt2", """ "n_layer": 200000000 """, ["h.3.", "missing"] },
        { "mixtral", """ "num_local_experts": 200000000 """, ["gate.weight", "[4, 64]", "[200000000, 64]"] },
        { "llama", """ "num_hidden_layers": 3 """, ["model.layers.3.", "no place"] },
        { "llama", """ "rms_norm_eps": "small" """, ["rms_norm_eps", "small", "number"] },
        { "llama", """ "hidden_act": "swishy" """, ["hidden_act", "swishy", "silu"] },
        { "llama", """ "hidden_act": 3 """, ["hidden_act", "3", "text"] },
        { "llama", """ "tie_word_embeddings": 1 """, ["tie_word_embeddings", "1", "true or false"] },
        { "llama", """ "tie_word_embeddings": "yes" """, ["tie_word_embeddings", "yes"] },
        { "llama", """ "attention_bias": true """, ["self_attn.q_proj.bias", "missing"] },
        { "llama", """ "architectures": null """, ["architectures", "absent"] },
        { "llama", """ "architectures": [] """, ["architectures", "[]"] },
        { "llama", """ "architectures": ["LlamaForCausalLM", "MistralForCausalLM"] """, ["architectures", "LlamaForCausalLM", "one name"] },
        { "llama", """ "architectures": "LlamaForCausalLM" """, ["architectures", "list of texts"] },
        { "llama", """ "architectures": [null] """, ["architectures", "list of texts"] },
        { "llama", """ "architectures": ["BertModel"] """, ["BertModel", "LlamaForCausalLM"] },
        { "llama", """ "rope_theta": 0 """, ["rope_theta", "0"] },
        { "llama", """ "rope_theta": -1e4 """, ["rope_theta", "-1e4"] },
        { "llama", """ "rope_theta": 1e999 """, ["rope_theta", "1e999"] },
        { "llama", """ "rope_scaling": 8 """, ["rope_scaling", "8", "object"] },
        { "llama", """ "rope_scaling": {"rope_type": "spiral", "factor": 2} """, ["rope_scaling.rope_type", "spiral", "yarn"] },
        { "llama", """ "rope_scaling": {"type": "spiral", "factor": 2} """, ["rope_scaling.type", "spiral"] },
        { "llama", """ "rope_scaling": {"rope_type": "linear"} """, ["rope_scaling.factor", "missing"] },
        { "llama", """ "rope_scaling": {"rope_type": "linear", "factor": 0} """, ["rope_scaling.factor", "0"] },
        { "llama", """ "rope_scaling": {"rope_type": "dynamic", "factor": 0.5} """, ["rope_scaling.factor", "0.5"] },
        { "llama", """ "rope_scaling": {"rope_type": "linear", "factor": 2, "wobble": 1} """, ["rope_scaling.wobble", "1", "not understood"] },
        { "llama", """ "rope_scaling": {"rope_type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 4} """, ["rope_scaling.high_freq_factor", "4"] },
        { "llama", """ "rope_scaling": null, "rope_parameters": {"rope_type": "default", "wobble": 1} """, ["rope_parameters.wobble"] },
        { "llama", """ "rope_scaling": null, "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5} """, ["rope_parameters.partial_rotary_factor", "0.5"] },
        { "llama", """ "rope_parameters": {"rope_type": "default"} """, ["rope_scaling", "not understood"] },
        { "llama", """ "partial_rotary_factor": 0.5 """, ["partial_rotary_factor", "0.5"] },
        { "phi3", """ "partial_rotary_factor": 0.01 """, ["partial_rotary_factor", "0.01", "pairs"] },
        { "phi3", """ "partial_rotary_factor": 1.5 """, ["partial_rotary_factor", "1.5"] },
        { "phi3_longrope", """ "rope_scaling": {"type": "su", "short_factor": [1, 2], "long_factor": [1, 1, 1, 1, 1, 1, 1, 1]} """, ["rope_scaling.short_factor", "8 pairs"] },
        { "phi3_longrope", """ "rope_scaling": {"type": "su", "short_factor": [1, 1, 1, 1, 1, 1, 1, 1], "long_factor": [1, 1, 1, 1, 1, 1, 1, 0]} """, ["rope_scaling.long_factor", "above 0"] },
        { "phi3_longrope", """ "rope_scaling": {"type": "su", "short_factor": "all", "long_factor": []} """, ["rope_scaling.short_factor", "list of numbers"] },
        { "gpt_neox", """ "rotary_pct": 0 """, ["rotary_pct", "0"] },
        { "gpt_neox", """ "rotary_pct": 0.2 """, ["rotary_pct", "0.2", "pairs"] },
        { "mistral", """ "sliding_window": -8 """, ["sliding_window", "-8"] },
        { "mistral", """ "sliding_window": "wide" """, ["sliding_window", "wide"] },
        { "mistral", """ "layer_types": ["full_attention"] """, ["layer_types", "4 layers"] },
        { "mistral", """ "layer_types": ["full_attention", "full_attention", "full_attention", "zigzag"] """, ["layer_types", "zigzag"] },
        { "mistral_nemo", """ "layer_types": ["full_attention", "sliding_attention", "full_attention"] """, ["layer_types", "sliding_window"] },
        { "gemma3_text", """ "rope_parameters": {"full_attention": {"rope_type": "default", "wobble": 2}} """, ["rope_parameters.full_attention.wobble"] },
        { "gemma3_text", """ "rope_parameters": {"sideways_attention": {"rope_type": "default"}, "full_attention": {}} """, ["rope_parameters.sideways_attention"] },
        { "gemma3_text", """ "use_bidirectional_attention": true """, ["use_bidirectional_attention", "true", "causal"] },
        { "gemma3_text", """ "sliding_window_pattern": 0 """, ["sliding_window_pattern", "0"] },
        { "gpt2", """ "n_head": 5 """, ["n_head", "5", "n_embd, 64"] },
        { "gpt2", """ "n_ctx": 32 """, ["n_ctx", "32", "64"] },
        { "gpt2", """ "scale_attn_by_inverse_layer_idx": true """, ["scale_attn_by_inverse_layer_idx", "true"] },
        { "gpt2", """ "n_inner": 2147483647 """, ["n_inner", "2147483647"] },
        { "mixtral", """ "num_experts_per_tok": 5 """, ["num_experts_per_tok", "5", "4 experts"] },
        { "mixtral", """ "num_experts_per_tok": 0 """, ["num_experts_per_tok", "0"] },
        { "qwen2_moe", """ "decoder_sparse_step": 0 """, ["decoder_sparse_step", "0"] },
        { "qwen2_moe", """ "mlp_only_layers": ["1"] """, ["mlp_only_layers", "whole numbers"] },
        { "deepseek_v2", """ "topk_method": "noaux_tc" """, ["topk_method", "noaux_tc", "greedy"] },
        { "deepseek_v2", """ "scoring_func": "sigmoid" """, ["scoring_func", "sigmoid"] },
        { "deepseek_v2", """ "norm_topk_prob": true """, ["norm_topk_prob", "true"] },
        { "deepseek_v2", """ "head_dim": 32 """, ["head_dim", "32", "16"] },
        { "deepseek_v3", """ "n_group": 3 """, ["n_group", "3", "8 experts"] },
        { "deepseek_v3", """ "n_group": 8 """, ["n_group", "8"] },
        { "deepseek_v3", """ "topk_group": 5 """, ["topk_group", "5", "4 groups"] },
        { "deepseek_v3", """ "rope_interleave": false """, ["rope_interleave", "false"] },
        { "deepseek_v3", """ "qk_rope_head_dim": 15 """, ["qk_rope_head_dim", "15"] },
        { "deepseek_v3", """ "moe_layer_freq": 0 """, ["moe_layer_freq", "0"] },
    };

    [Theory, MemberData(nameof(BadConfigs))]
    public void A_bad_value_is_named_with_its_key_and_file(string model, string change, string[] parts)
    {
        using var folder = ModelFolder.OfGolden(model);
        foreach (var (key, value) in JsonNode.Parse($"{{{change}}}")!.AsObject())
            folder.Config[key] = value?.DeepClone();
        RequireMessage(folder.Load, parts);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using var folder = ModelFolder.OfGolden("llama");
        folder.Tensors.Remove("model.layers.2.mlp.up_proj.weight");
        RequireMessage(folder.Load, ["model.safetensors", "model.layers.2.mlp.up_proj.weight", "missing"]);
    }

    [Fact]
    public void An_extra_tensor_is_named()
    {
        using var folder = ModelFolder.OfGolden("llama");
        folder.Tensors.Add("model.layers.2.self_attn.q_proj.lora_A", Tensor.Zeros(new Shape(4, 64)));
        RequireMessage(folder.Load, ["model.safetensors", "model.layers.2.self_attn.q_proj.lora_A", "no place"]);
    }

    [Fact]
    public void A_tensor_of_another_size_or_rank_is_named_with_both_sizes()
    {
        foreach (var shape in (Shape[])[new(64, 65), new(65, 64), new(64 * 64), new(1, 64, 64)])
        {
            using var folder = ModelFolder.OfGolden("llama");
            folder.Tensors["model.layers.1.self_attn.o_proj.weight"] = Tensor.Zeros(shape);
            RequireMessage(folder.Load, ["model.layers.1.self_attn.o_proj.weight", shape.ToString(), "[64, 64]"]);
        }
    }

    [Fact]
    public void Weights_of_whole_numbers_are_refused()
    {
        using var folder = ModelFolder.OfGolden("llama");
        folder.Tensors["model.layers.1.self_attn.o_proj.weight"] = Tensor.Zeros(new Shape(64, 64), DType.I8);
        RequireMessage(folder.Load, ["model.layers.1.self_attn.o_proj.weight", "I8"]);
    }

    [Fact]
    public void An_untied_head_must_be_there_and_a_tied_one_may_be()
    {
        using var untied = ModelFolder.OfGolden("llama");
        untied.Tensors.Remove("lm_head.weight");
        RequireMessage(untied.Load, ["lm_head.weight", "missing"]);
        using var misSized = ModelFolder.OfGolden("qwen2");
        misSized.Tensors["lm_head.weight"] = Tensor.Zeros(new Shape(330, 64));
        RequireMessage(misSized.Load, ["lm_head.weight", "[330, 64]", "[331, 64]"]);
    }

    public static TheoryData<string, string[]> BadFiles => new()
    {
        { "", ["not valid JSON"] },
        { "[]", ["not a JSON object"] },
        { "null", ["not a JSON object"] },
        { "{\"hidden_size\": 64,}", ["not valid JSON"] },
        { "{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 64, \"hidden_size\": 32}", ["hidden_size", "twice"] },
        { "{\"architectures\": [\"LlamaForCausalLM\"], \"rope_scaling\": {\"type\": \"linear\", \"type\": \"yarn\"}}", ["hidden_size", "missing"] },
    };

    [Theory, MemberData(nameof(BadFiles))]
    public void A_file_that_is_no_configuration_is_named(string content, string[] parts)
    {
        using var folder = ModelFolder.OfGolden("llama");
        RequireMessage(() => folder.LoadWith(content), parts);
    }

    [Fact]
    public void A_key_that_stands_twice_inside_is_named()
    {
        using var folder = ModelFolder.OfGolden("llama");
        folder.Config.Remove("rope_scaling");
        string text = folder.Config.ToJsonString();
        RequireMessage(() => folder.LoadWith($"{text[..^1]}, \"rope_scaling\": {{\"type\": \"linear\", \"factor\": 2, \"factor\": 3}}}}"), ["rope_scaling", "factor", "twice"]);
    }

    private static void RequireMessage(Func<LoadedModel> load, string[] parts)
    {
        string message = Assert.Throws<ModelFormatException>(() => load().Dispose()).Message;
        Assert.Contains(message.Contains("config.json", StringComparison.Ordinal) ? "config.json" : ".safetensors", message, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
