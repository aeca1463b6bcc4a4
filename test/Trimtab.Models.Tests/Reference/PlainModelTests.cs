using System.Text.Json.Nodes;
using Trimtab.Models.Tests.Invariants;
using Trimtab.Models.Tests.Loading;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Reference;

/// <summary>
/// Features that no golden model covers, against forward passes in double precision written apart from the engine. Each plain model is first held against a golden one,
/// so that it is not only wrong in the same way. 1e-4 is the tolerance of the golden models.
/// </summary>
public sealed class PlainModelTests
{
    private const float Tolerance = 1e-4f;

    private static readonly int[] Text = [.. new Random(5).GetItems([.. Enumerable.Range(0, 331)], 30)];

    [Fact]
    public void The_plain_models_equal_golden_ones()
    {
        Compare("llama_bf16_sharded", "", models => models.Llama(Text, Plain(500_000)));
        Compare("gpt_neox", "", models => models.GptNeoX(Text, parallel: true));
        Compare("olmoe", "", models => models.Llama(Text, Plain(10_000) with { NormsWholeRows = true }));
        Compare("deepseek_v2", """ "rope_scaling": null """, models => models.DeepseekV2(Text, groups: 1, groupsPerToken: 1));
        Compare("phi3", """ "sliding_window": null """, models => models.Llama(Text, Plain(10_000) with { IsFused = true }));
    }

    [Fact]
    public void GPT_Neo_equals_its_definition()
    {
        foreach (string? types in (string?[])[null, """ "attention_types": [[["global", "local"], 2]] """, """ "attention_layers": ["global", "local", "global", "local"] """])
        {
            using var folder = GptNeo();
            foreach (var (key, value) in JsonNode.Parse($"{{{types}}}")!.AsObject())
                folder.Config[key] = value!.DeepClone();
            Compare(folder, models => models.GptNeo([.. Text.Select(id => id % 50)]), [.. Text.Select(id => id % 50)]);
        }
    }

    [Fact]
    public void GPT_Neo_with_scores_far_above_the_range_of_exponentials_is_finite()
    {
        using var folder = GptNeo();
        foreach (string name in folder.Tensors.Keys.Where(n => n.EndsWith("q_proj.weight", StringComparison.Ordinal)))
            foreach (ref float value in folder.Tensors[name].Values)
                value *= 100;
        using var model = folder.Load();
        Assert.All(Runs.AllLogits(model, Text.Select(id => id % 50)), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void GPT_NeoX_one_half_after_the_other_equals_its_definition() =>
        Compare("gpt_neox", """ "use_parallel_residual": false """, models => models.GptNeoX(Text, parallel: false));

    [Fact]
    public void Llama_with_biases_equals_its_definition()
    {
        using var folder = ModelFolder.OfGolden("llama_bf16_sharded");
        folder.Config["attention_bias"] = true;
        folder.Config["mlp_bias"] = true;
        var shapes = folder.Tensors.Where(t => t.Key.EndsWith("_proj.weight", StringComparison.Ordinal))
            .Select(t => (t.Key.Replace(".weight", ".bias", StringComparison.Ordinal), new[] { t.Value.Shape[0] })).ToArray();
        using var biases = ModelFolder.Random([], shapes);
        foreach (var (name, bias) in biases.Tensors)
            folder.Tensors.Add(name, bias);
        Compare(folder, models => models.Llama(Text, Plain(500_000)), Text);
    }

    [Fact]
    public void OLMoE_clips_queries_keys_and_values() =>
        Compare("olmoe", """ "clip_qkv": 0.3 """, models => models.Llama(Text, Plain(10_000) with { NormsWholeRows = true, Clip = 0.3 }));

    [Theory, InlineData(3, 2), InlineData(3, 1), InlineData(2, 1), InlineData(6, 4)]
    public void DeepSeek_V2_chooses_experts_from_its_best_groups(int groups, int perToken)
    {
        int experts = Math.Min(3, perToken * 6 / groups);
        Compare("deepseek_v2", $$""" "rope_scaling": null, "topk_method": "group_limited_greedy", "n_group": {{groups}}, "topk_group": {{perToken}}, "num_experts_per_tok": {{experts}}, "routed_scaling_factor": 1.5 """,
            models => models.DeepseekV2(Text, groups, perToken));
    }

    [Theory, InlineData(10), InlineData(30)]
    public void Phi3_turns_part_of_each_head_by_long_factors(int length)
    {
        double[] factors = length > 16 ? [1.2, 1.5, 2.0, 2.6] : [1.0, 1.05, 1.1, 1.15];
        // The frequencies belong to the turned part, 8 of 16 values; beyond 16 positions the long factors hold for all of them.
        var frequencies = PlainMath.Frequencies(10_000, 8).Zip(factors, (f, factor) => f / factor).ToArray();
        const string Change = """ "partial_rotary_factor": 0.5, "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.05, 1.1, 1.15], "long_factor": [1.2, 1.5, 2.0, 2.6]} """;
        Compare("phi3_longrope", Change, models => models.Llama(Text[..length], new() { Frequencies = frequencies, IsFused = true, RotaryFactor = Math.Sqrt(1 + Math.Log(4) / Math.Log(16)) }), Text[..length]);
    }

    [Fact]
    public void Linear_scaling_divides_the_positions() => Compare("llama_bf16_sharded", """ "rope_scaling": {"rope_type": "linear", "factor": 4.0} """,
        models => models.Llama(Text, new() { Frequencies = [.. PlainMath.Frequencies(500_000, 16).Select(f => f / 4)] }));

    [Theory, InlineData(true), InlineData(false)]
    public void Yarn_blends_frequencies_and_warms_the_scores(bool truncate)
    {
        const double Theta = 500_000, Factor = 4, Trained = 64, Fast = 8, Slow = 0.5;
        var frequencies = PlainMath.Frequencies(Theta, 16);
        // Pair i makes Trained · f(i) / 2π turns; the ramp is linear in i between the pairs that make Fast and Slow turns.
        double PairOf(double turns) => 16 / 2 * Math.Log(Trained / (2 * Math.PI * turns)) / Math.Log(Theta);
        double low = Math.Max(truncate ? Math.Floor(PairOf(Fast)) : PairOf(Fast), 0), high = Math.Min(truncate ? Math.Ceiling(PairOf(Slow)) : PairOf(Slow), 15);
        double[] blended = [.. frequencies.Select((f, i) => Math.Clamp((i - low) / (high - low), 0, 1) is var share ? f / Factor * share + f * (1 - share) : 0)];
        string flag = truncate ? "true" : "false";
        Compare("llama_bf16_sharded", $$""" "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 8, "beta_slow": 0.5, "truncate": {{flag}} } """,
            models => models.Llama(Text, new() { Frequencies = blended, RotaryFactor = 0.1 * Math.Log(Factor) + 1 }));
    }

    private static PlainModels.LlamaRules Plain(double theta) => new() { Frequencies = PlainMath.Frequencies(theta, 16) };

    private static void Compare(string golden, string change, Func<PlainModels, double[][]> expected, int[]? text = null)
    {
        using var folder = ModelFolder.OfGolden(golden);
        foreach (var (key, value) in JsonNode.Parse($"{{{change}}}")!.AsObject())
            folder.Config[key] = value?.DeepClone();
        Compare(folder, expected, text ?? Text);
    }

    private static void Compare(ModelFolder folder, Func<PlainModels, double[][]> expected, int[] text)
    {
        using var model = folder.Load();
        float[] logits = [.. expected(new PlainModels(folder)).SelectMany(row => row).Select(v => (float)v)];
        Assert.True(logits.Max() - logits.Min() > 0.5, "logits that are all alike compare nothing");
        Near.Equal(logits, Runs.AllLogits(model, text), Tolerance, model.Architecture);
    }

    private static ModelFolder GptNeo()
    {
        const int Hidden = 32, Vocabulary = 50;
        var config = JsonNode.Parse("""
            {"architectures": ["GPTNeoForCausalLM"], "model_type": "gpt_neo", "hidden_size": 32, "num_layers": 4, "num_heads": 4, "vocab_size": 50, "max_position_embeddings": 40,
             "window_size": 5, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05, "intermediate_size": null, "attention_dropout": 0, "embed_dropout": 0, "resid_dropout": 0}
            """)!.AsObject();
        var shapes = new List<(string, int[])> { ("transformer.wte.weight", [Vocabulary, Hidden]), ("transformer.wpe.weight", [40, Hidden]), ("transformer.ln_f.weight", [Hidden]), ("transformer.ln_f.bias", [Hidden]) };
        for (int layer = 0; layer < 4; layer++)
        {
            string block = $"transformer.h.{layer}";
            foreach (string norm in (string[])["ln_1", "ln_2"])
                shapes.AddRange([($"{block}.{norm}.weight", [Hidden]), ($"{block}.{norm}.bias", [Hidden])]);
            foreach (string projection in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
                shapes.Add(($"{block}.attn.attention.{projection}.weight", [Hidden, Hidden]));
            shapes.AddRange([($"{block}.attn.attention.out_proj.bias", [Hidden]), ($"{block}.attn.attention.masked_bias", [1]), ($"{block}.attn.attention.bias", [1, 1, 40, 40]),
                ($"{block}.mlp.c_fc.weight", [4 * Hidden, Hidden]), ($"{block}.mlp.c_fc.bias", [4 * Hidden]), ($"{block}.mlp.c_proj.weight", [Hidden, 4 * Hidden]), ($"{block}.mlp.c_proj.bias", [Hidden])]);
        }
        return ModelFolder.Random(config, shapes);
    }
}
