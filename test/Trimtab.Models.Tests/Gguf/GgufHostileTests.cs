using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Xunit;

namespace Trimtab.Models.Tests.Gguf;

/// <summary>Files that lie, lack something or say something unknown: one clear exception that names it.</summary>
public sealed class GgufHostileTests
{
    [Theory]
    [InlineData("general.architecture")]
    [InlineData("llama.block_count")]
    [InlineData("llama.context_length")]
    [InlineData("llama.embedding_length")]
    [InlineData("llama.feed_forward_length")]
    [InlineData("llama.attention.head_count")]
    [InlineData("llama.attention.layer_norm_rms_epsilon")]
    public void A_missing_key_is_named(string key) => Refused("llama", key, metadata: pairs => pairs.Remove(key));

    [Fact]
    public void Every_key_of_a_mixture_that_is_missing_is_named()
    {
        Refused("qwen3_moe", "qwen3moe.expert_count", metadata: pairs => pairs.Remove("qwen3moe.expert_count"));
        Refused("deepseek_v3", "deepseek2.attention.kv_lora_rank", metadata: pairs => pairs.Remove("deepseek2.attention.kv_lora_rank"));
    }

    [Theory]
    [InlineData("llama.attention.head_count", 0u)]
    [InlineData("llama.attention.head_count", uint.MaxValue)]
    [InlineData("llama.attention.head_count", "four")]
    [InlineData("llama.attention.head_count_kv", 3u)]
    [InlineData("llama.attention.key_length", 15u)]
    [InlineData("llama.attention.value_length", 8u)]
    [InlineData("llama.rope.dimension_count", 8u)]
    [InlineData("llama.rope.freq_base", float.NaN)]
    [InlineData("llama.rope.scaling.type", "bent")]
    [InlineData("llama.attention.causal", false)]
    [InlineData("llama.block_count", 1_000_000_000u)]
    [InlineData("llama.vocab_size", 330u)]
    [InlineData("llama.logit_scale", 0.5f)]
    [InlineData("llama.attention.temperature_length", 7u)]
    [InlineData("general.architecture", "mamba")]
    [InlineData("general.architecture", 7u)]
    public void A_wrong_value_is_named_with_its_key(string key, object value) => Refused("llama", key.StartsWith("general", StringComparison.Ordinal) && value is string text ? text : key,
        metadata: pairs => pairs[key] = value);

    [Theory]
    [InlineData("mixtral", "llama")]
    [InlineData("qwen3_moe", "qwen3moe")]
    [InlineData("deepseek_v3", "deepseek2")]
    public void A_count_of_experts_that_the_stacks_do_not_show_is_refused(string golden, string prefix)
    {
        foreach (uint lie in (uint[])[1, 3, 5, 1_000_000_000])
            Refused(golden, $"{prefix}.expert_", metadata: pairs => pairs[$"{prefix}.expert_count"] = lie);
    }

    [Fact]
    public void More_experts_for_a_token_than_there_are_is_refused() =>
        Refused("qwen3_moe", "qwen3moe.expert_used_count", metadata: pairs => pairs["qwen3moe.expert_used_count"] = 9u);

    [Fact]
    public void Groups_that_do_not_divide_the_experts_are_refused()
    {
        Refused("deepseek_v3", "deepseek2.expert_group_count", metadata: pairs => pairs["deepseek2.expert_group_count"] = 3u);
        Refused("deepseek_v3", "deepseek2.expert_group_used_count", metadata: pairs => pairs["deepseek2.expert_group_used_count"] = 5u);
    }

    [Fact]
    public void An_unknown_tensor_is_named() =>
        Refused("llama", "blk.1.attn_sinks.weight", tensors: entries => entries["blk.1.attn_sinks.weight"] = Tensor.Zeros(new Shape(4)));

    [Fact]
    public void A_tensor_of_a_block_beyond_the_last_is_named() =>
        Refused("llama", "blk.4.attn_norm.weight", tensors: entries => entries["blk.4.attn_norm.weight"] = Tensor.Zeros(new Shape(64)));

    [Fact]
    public void A_missing_tensor_is_refused()
    {
        Refused("llama", "token_embd.weight", tensors: entries => entries.Remove("token_embd.weight"));
        Refused("llama", "layers.2.mlp.up_proj.weight", tensors: entries => entries.Remove("blk.2.ffn_up.weight"));
        Refused("deepseek_v3", "blk.1.attn_v_b.weight", tensors: entries => entries.Remove("blk.1.attn_v_b.weight"));
    }

    [Fact]
    public void A_tensor_of_another_shape_is_refused()
    {
        Refused("llama", "blk.0.attn_q.weight", tensors: entries => entries["blk.0.attn_q.weight"] = Tensor.Zeros(new Shape(63, 64)));
        Refused("llama", "k_proj.weight", tensors: entries => entries["blk.0.attn_k.weight"] = Tensor.Zeros(new Shape(64, 64)));
        Refused("llama", "rope_freqs.weight", tensors: entries => entries["rope_freqs.weight"] = Tensor.From([1, 2, 3]));
        Refused("llama", "rope_freqs.weight", tensors: entries => entries["rope_freqs.weight"] = Tensor.Zeros(new Shape(8)));
        Refused("mixtral", "expert_count", tensors: entries => entries["blk.0.ffn_up_exps.weight"] = Tensor.Zeros(new Shape(80, 64)));
        Refused("deepseek_v3", "blk.0.attn_k_b.weight", tensors: entries => entries["blk.0.attn_k_b.weight"] = Tensor.Zeros(new Shape(4, 16, 24)));
        Refused("gemma2", "norm.weight", tensors: entries => entries["output_norm.weight"] = Tensor.Zeros(new Shape(63)));
    }

    [Fact]
    public void A_file_of_any_name_but_gguf_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.bin"), "x");
        Assert.Contains("model.bin", Assert.Throws<ModelFormatException>(() => ModelLoader.Load(folder.File("model.bin"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("model.gguf"), "x");
        Assert.Throws<TensorFileException>(() => ModelLoader.Load(folder.File("model.gguf")));
    }

    private static void Refused(string golden, string named, Action<Dictionary<string, object>>? metadata = null, Action<Dictionary<string, Tensor>>? tensors = null)
    {
        using var folder = new TemporaryFolder();
        string path = GgufFixture.Changed(golden, folder.File("model.gguf"), metadata, tensors);
        var error = Assert.Throws<ModelFormatException>(() => ModelLoader.Load(path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }
}
