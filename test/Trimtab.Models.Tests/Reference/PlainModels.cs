using Trimtab.Models.Tests.Loading;
using Trimtab.Tensors.Ops;
using static Trimtab.Models.Tests.Reference.PlainMath;

namespace Trimtab.Models.Tests.Reference;

/// <summary>Whole forward passes over the tensors of a <see cref="ModelFolder"/>, straight from the definitions of the architectures. Each returns the logits of every position.</summary>
internal sealed class PlainModels(ModelFolder folder)
{
    /// <summary>What differs between the descendants of Llama that are computed here.</summary>
    public sealed record LlamaRules
    {
        public required double[] Frequencies { get; init; }

        public double RotaryFactor { get; init; } = 1;

        public double Clip { get; init; } = double.PositiveInfinity;

        public bool NormsWholeRows { get; init; }

        public bool IsFused { get; init; }
    }

    /// <summary>Llama with optional biases; OLMoE's norms, clipping and experts; Phi-3's fused weights.</summary>
    public double[][] Llama(int[] ids, LlamaRules rules)
    {
        int heads = Int("num_attention_heads"), keyHeads = Int("num_key_value_heads"), size = Int("hidden_size") / heads;
        double eps = Number("rms_norm_eps");
        var x = ids.Select(id => Matrix("model.embed_tokens.weight")[id]).ToArray();
        for (int layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            string block = $"model.layers.{layer}", self = $"{block}.self_attn";
            var normed = Each(x, row => RmsNorm(row, Vector($"{block}.input_layernorm.weight"), eps));
            var (q, k, v) = rules.IsFused ? Fused(Apply(normed, $"{self}.qkv_proj"), heads * size, keyHeads * size) : (Apply(normed, $"{self}.q_proj"), Apply(normed, $"{self}.k_proj"), Apply(normed, $"{self}.v_proj"));
            if (rules.NormsWholeRows)
                (q, k) = (Each(q, row => RmsNorm(row, Vector($"{self}.q_norm.weight"), eps)), Each(k, row => RmsNorm(row, Vector($"{self}.k_norm.weight"), eps)));
            double[][] Clipped(double[][] y) => Each(y, row => [.. row.Select(value => Math.Clamp(value, -rules.Clip, rules.Clip))]);
            double[][][] Turned(double[][] y, int count) => [.. Heads(y, count).Select((row, t) => row.Select(head => Rotate(head, t, rules.Frequencies, rules.RotaryFactor)).ToArray())];
            var mixed = Attend(Turned(Clipped(q), heads), Turned(Clipped(k), keyHeads), Heads(Clipped(v), keyHeads), 1 / Math.Sqrt(size));
            x = Add(x, Apply(mixed, $"{self}.o_proj"));
            normed = Each(x, row => RmsNorm(row, Vector($"{block}.post_attention_layernorm.weight"), eps));
            x = Add(x, Has($"{block}.mlp.gate.weight") ? OlmoeExperts(normed, $"{block}.mlp") : Gated(normed, $"{block}.mlp", rules.IsFused));
        }
        return Apply(Each(x, row => RmsNorm(row, Vector("model.norm.weight"), eps)), "lm_head");
    }

    /// <summary>GPT-Neo: every second layer sees its window only, scores are not scaled, positions are learned.</summary>
    public double[][] GptNeo(int[] ids)
    {
        var x = ids.Select((id, t) => Matrix("transformer.wte.weight")[id].Zip(Matrix("transformer.wpe.weight")[t], (a, b) => a + b).ToArray()).ToArray();
        for (int layer = 0; layer < Int("num_layers"); layer++)
        {
            string block = $"transformer.h.{layer}", self = $"{block}.attn.attention";
            var normed = Normed(x, $"{block}.ln_1", Number("layer_norm_epsilon"));
            double[][][] Part(string name) => Heads(Apply(normed, $"{self}.{name}"), Int("num_heads"));
            var mixed = Attend(Part("q_proj"), Part("k_proj"), Part("v_proj"), scale: 1, layer % 2 == 1 ? Int("window_size") : int.MaxValue);
            x = Add(x, Apply(mixed, $"{self}.out_proj"));
            var hidden = Each(Apply(Normed(x, $"{block}.ln_2", Number("layer_norm_epsilon")), $"{block}.mlp.c_fc"), row => [.. row.Select(GeluNew)]);
            x = Add(x, Apply(hidden, $"{block}.mlp.c_proj"));
        }
        return Linear(Normed(x, "transformer.ln_f", Number("layer_norm_epsilon")), Matrix("transformer.wte.weight"));
    }

    /// <summary>GPT-NeoX, its halves side by side or one after the other.</summary>
    public double[][] GptNeoX(int[] ids, bool parallel)
    {
        int heads = Int("num_attention_heads"), size = Int("hidden_size") / heads;
        double eps = Number("layer_norm_eps");
        var frequencies = Frequencies(Number("rotary_emb_base"), (int)(size * Number("rotary_pct")));
        var x = ids.Select(id => Matrix("gpt_neox.embed_in.weight")[id]).ToArray();
        for (int layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            string block = $"gpt_neox.layers.{layer}";
            // The output of each head is its query, key and value.
            var all = Heads(Apply(Normed(x, $"{block}.input_layernorm", eps), $"{block}.attention.query_key_value"), heads);
            double[][][] Part(int index) => [.. all.Select(row => row.Select(head => head[(index * size)..((index + 1) * size)]).ToArray())];
            double[][][] Turned(double[][][] y) => [.. y.Select((row, t) => row.Select(head => Rotate(head, t, frequencies)).ToArray())];
            var attention = Apply(Attend(Turned(Part(0)), Turned(Part(1)), Part(2), 1 / Math.Sqrt(size)), $"{block}.attention.dense");
            var middle = Add(x, attention);
            var hidden = Each(Apply(Normed(parallel ? x : middle, $"{block}.post_attention_layernorm", eps), $"{block}.mlp.dense_h_to_4h"), row => [.. row.Select(Gelu)]);
            x = Add(middle, Apply(hidden, $"{block}.mlp.dense_4h_to_h"));
        }
        return Apply(Normed(x, "gpt_neox.final_layer_norm", eps), "embed_out");
    }

    /// <summary>DeepSeek-V2 without rotary scaling; experts come from the groups whose best expert scores highest.</summary>
    public double[][] DeepseekV2(int[] ids, int groups, int groupsPerToken)
    {
        int heads = Int("num_attention_heads"), still = Int("qk_nope_head_dim"), turning = Int("qk_rope_head_dim"), rank = Int("kv_lora_rank");
        double eps = Number("rms_norm_eps");
        var frequencies = Frequencies(Number("rope_theta"), turning);
        var x = ids.Select(id => Matrix("model.embed_tokens.weight")[id]).ToArray();
        for (int layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            string block = $"model.layers.{layer}", self = $"{block}.self_attn";
            var normed = Each(x, row => RmsNorm(row, Vector($"{block}.input_layernorm.weight"), eps));
            double[][][] q = [.. Heads(Apply(normed, $"{self}.q_proj"), heads).Select((row, t) => row.Select(head => Rotate(head, t, frequencies, interleaved: true, offset: still)).ToArray())];
            var down = Apply(normed, $"{self}.kv_a_proj_with_mqa");
            var up = Heads(Apply(Each(down, row => RmsNorm(row[..rank], Vector($"{self}.kv_a_layernorm.weight"), 1e-6)), $"{self}.kv_b_proj"), heads);
            double[][][] k = [.. up.Select((row, t) => row.Select(head => (double[])[.. head[..still], .. Rotate(down[t][rank..], t, frequencies, interleaved: true)]).ToArray())];
            double[][][] v = [.. up.Select(row => row.Select(head => head[still..]).ToArray())];
            x = Add(x, Apply(Attend(q, k, v, 1 / Math.Sqrt(still + turning)), $"{self}.o_proj"));
            normed = Each(x, row => RmsNorm(row, Vector($"{block}.post_attention_layernorm.weight"), eps));
            x = Add(x, Has($"{block}.mlp.gate.weight")
                ? Add(GroupedExperts(normed, $"{block}.mlp", groups, groupsPerToken), Gated(normed, $"{block}.mlp.shared_experts"))
                : Gated(normed, $"{block}.mlp"));
        }
        return Apply(Each(x, row => RmsNorm(row, Vector("model.norm.weight"), eps)), "lm_head");
    }

    private double[][] OlmoeExperts(double[][] x, string mlp)
    {
        var scores = Each(Apply(x, $"{mlp}.gate"), Softmax);
        return WeightedExperts(x, mlp, Each(scores, row => Keep(row, Best(row, Int("num_experts_per_tok")))));
    }

    private double[][] GroupedExperts(double[][] x, string mlp, int groups, int groupsPerToken)
    {
        var scores = Each(Apply(x, $"{mlp}.gate"), Softmax);
        return WeightedExperts(x, mlp, Each(scores, row =>
        {
            int size = row.Length / groups;
            int[] allowed = Best([.. row.Chunk(size).Select(group => group.Max())], groupsPerToken);
            var inAllowed = row.Select((score, expert) => allowed.Contains(expert / size) ? score : -1).ToArray();
            return [.. Keep(row, Best(inAllowed, Int("num_experts_per_tok"))).Select(weight => weight * Number("routed_scaling_factor"))];
        }));
    }

    private double[][] WeightedExperts(double[][] x, string mlp, double[][] weights)
    {
        var sum = Each(x, row => new double[row.Length]);
        for (int expert = 0; expert < weights[0].Length; expert++)
        {
            var output = Gated(x, $"{mlp}.experts.{expert}");
            for (int t = 0; t < x.Length; t++)
                sum[t] = [.. sum[t].Select((value, i) => value + weights[t][expert] * output[t][i])];
        }
        return sum;
    }

    private static int[] Best(double[] scores, int count) => [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(count)];

    private static double[] Keep(double[] scores, int[] chosen) => [.. scores.Select((score, i) => chosen.Contains(i) ? score : 0)];

    private double[][] Gated(double[][] x, string mlp, bool fused = false)
    {
        double[][] both = fused ? Apply(x, $"{mlp}.gate_up_proj") : [.. Apply(x, $"{mlp}.gate_proj").Zip(Apply(x, $"{mlp}.up_proj"), (gate, up) => (double[])[.. gate, .. up])];
        return Apply(Each(both, row => [.. row[..(row.Length / 2)].Zip(row[(row.Length / 2)..], (gate, up) => Silu(gate) * up)]), $"{mlp}.down_proj");
    }

    private static (double[][] Q, double[][] K, double[][] V) Fused(double[][] all, int queries, int keys) =>
        (Each(all, row => row[..queries]), Each(all, row => row[queries..(queries + keys)]), Each(all, row => row[(queries + keys)..]));

    private double[][] Normed(double[][] x, string name, double eps) => Each(x, row => LayerNorm(row, Vector($"{name}.weight"), Vector($"{name}.bias"), eps));

    private double[][] Apply(double[][] x, string name) => Linear(x, Matrix($"{name}.weight"), Has($"{name}.bias") ? Vector($"{name}.bias") : null);

    private bool Has(string name) => folder.Tensors.ContainsKey(name);

    private double[] Vector(string name) => Matrix(name)[0];

    private readonly Dictionary<string, double[][]> _matrices = [];

    private double[][] Matrix(string name)
    {
        if (_matrices.TryGetValue(name, out var known))
            return known;
        var tensor = TensorOps.Dequantise(folder.Tensors[name]);
        return _matrices[name] = [.. Enumerable.Range(0, tensor.RowCount).Select(row => Array.ConvertAll(tensor.Row(row).ToArray(), v => (double)v))];
    }

    private int Int(string key) => (int)Number(key);

    private double Number(string key) => double.Parse(folder.Config[key]!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
