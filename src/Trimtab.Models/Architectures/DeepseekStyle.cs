using System.Text.Json.Nodes;
using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Architectures;

/// <summary>What DeepSeek-V2 and V3 share: latent attention, and dense layers before the sparse ones.</summary>
internal static class DeepseekStyle
{
    // The norms inside latent attention do not follow rms_norm_eps.
    private const float LatentEps = 1e-6f;

    /// <summary>The sizes; head_dim, where present, repeats the rotated part and is checked.</summary>
    public static DecoderConfig ReadConfig(ConfigReader config)
    {
        int unrotated = config.Size("qk_nope_head_dim"), rotated = config.Size("qk_rope_head_dim");
        if (config.Has("head_dim") && config.Int("head_dim") != rotated)
            throw config.Bad("head_dim", $"for DeepSeek it repeats qk_rope_head_dim, {rotated}");
        return DecoderConfig.Read(config) with { HeadSize = unrotated + rotated };
    }

    /// <summary>The decoder, given how a sparse layer's routing follows from its tensors.</summary>
    public static Decoder Decoder(ConfigReader config, DecoderConfig sizes, WeightReader weights, int experts, Func<WeightReader, Routing> routing)
    {
        var scaling = RotaryConfig.Read(config, sizes.MaxPositions);
        int rotated = config.Size("qk_rope_head_dim");
        if (rotated % 2 != 0)
            throw config.Bad("qk_rope_head_dim", "values are turned in pairs, so it must be even");
        var rotary = new RotaryEmbedding(scaling, rotated, RotaryPairs.Interleaved);
        var latent = Latent.Read(config, sizes, TemperatureSquared(config));
        int firstSparse = config.Int("first_k_dense_replace", 0), step = config.Size("moe_layer_freq", 1);
        int expertSize = config.Size("moe_intermediate_size"), shared = config.Int("n_shared_experts", 0);
        bool mlpBias = config.Flag("mlp_bias", false);
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var mlp = block.Scope("mlp");
            IFeedForward feedForward = layer >= firstSparse && layer % step == 0
                ? new MixtureOfExperts(mlp.Router("gate", experts, sizes.HiddenSize), routing(mlp), ExpertConfig.Experts(mlp, experts, sizes, expertSize),
                    shared == 0 ? null : mlp.Scope("shared_experts").GatedMlp(sizes.HiddenSize, (long)shared * expertSize, sizes.Activation))
                : mlp.GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation, mlpBias);
            return LlamaStyle.Block(layer, sizes, block, latent.Attention(block.Scope("self_attn"), sizes, rotary), feedForward);
        });
    }

    // (0.1 · mscale_all_dim · ln(factor) + 1)² on the scores, beside what YaRN does to cos and sin.
    private static float TemperatureSquared(ConfigReader config)
    {
        if ((config.Object("rope_scaling") ?? config.Object("rope_parameters")) is not { } scaling || !scaling.Has("mscale_all_dim"))
            return 1;
        double temperature = YarnRotary.Temperature(scaling.Number("factor", 1), scaling.Number("mscale_all_dim"));
        return (float)(temperature * temperature);
    }

    private sealed record Latent(int? QueryRank, int KeyValueRank, int Unrotated, bool Bias, AttentionShape Shape)
    {
        public static Latent Read(ConfigReader config, DecoderConfig sizes, float temperatureSquared)
        {
            int valueSize = config.Size("v_head_dim");
            return new Latent(
                config.Has("q_lora_rank") ? config.Size("q_lora_rank") : null,
                config.Size("kv_lora_rank"),
                config.Size("qk_nope_head_dim"),
                config.Flag("attention_bias", false),
                new AttentionShape(sizes.HeadCount, sizes.HeadCount, sizes.HeadSize, valueSize, temperatureSquared / MathF.Sqrt(sizes.HeadSize)));
        }

        public LatentAttention Attention(WeightReader weights, DecoderConfig sizes, RotaryEmbedding rotary) => new()
        {
            Queries = Queries(weights, sizes),
            LatentDown = weights.Linear("kv_a_proj_with_mqa", KeyValueRank + rotary.Size, sizes.HiddenSize, Bias),
            LatentNorm = weights.RmsNorm("kv_a_layernorm", KeyValueRank, LatentEps),
            LatentUp = weights.Linear("kv_b_proj", (long)sizes.HeadCount * (Unrotated + Shape.ValueSize), KeyValueRank),
            Output = weights.Linear("o_proj", sizes.HiddenSize, (long)sizes.HeadCount * Shape.ValueSize, Bias),
            Shape = Shape,
            Rotary = rotary,
        };

        private Func<Tensor, Tensor> Queries(WeightReader weights, DecoderConfig sizes)
        {
            long width = (long)sizes.HeadCount * sizes.HeadSize;
            if (QueryRank is not { } rank)
                return weights.Linear("q_proj", width, sizes.HiddenSize).Forward;
            var (down, norm, up) = (weights.Linear("q_a_proj", rank, sizes.HiddenSize, Bias), weights.RmsNorm("q_a_layernorm", rank, LatentEps), weights.Linear("q_b_proj", width, rank));
            return x => up.Forward(norm.Forward(down.Forward(x)));
        }
    }

    /// <summary>expert_gating_func of DeepSeek-V2.</summary>
    public const int SoftmaxGating = 1;

    /// <summary>expert_gating_func of DeepSeek-V3.</summary>
    public const int SigmoidGating = 2;

    /// <summary>What both say in GGUF. The head sizes there describe attention in the latent space; the keys that end in _mla give the heads as they are.</summary>
    public static IReadOnlyList<GgufField> GgufStatements { get; } =
    [
        new(import =>
            {
                int predicting = import.Metadata.Count("nextn_predict_layers", 0), blocks = import.Metadata.Size("block_count");
                import.Config["num_hidden_layers"] = predicting < blocks ? blocks - predicting : throw import.Metadata.Bad("nextn_predict_layers", $"there are only {blocks} blocks");
            },
            export => export.Put("block_count", export.Sizes.LayerCount)),
        GgufFields.Size("max_position_embeddings", "context_length", sizes => sizes.MaxPositions),
        GgufFields.Size("hidden_size", "embedding_length", sizes => sizes.HiddenSize),
        GgufFields.Size("intermediate_size", "feed_forward_length", sizes => sizes.IntermediateSize),
        GgufFields.Epsilon("rms_norm_eps", "attention.layer_norm_rms_epsilon"),
        GgufFields.Vocabulary(), GgufFields.Tied, GgufFields.Fixed("attention.causal", 1, "this engine is causal"),
        new(ImportLatent, ExportLatent),
        new(ImportScaling, ExportScaling),
        GgufExperts.Count("n_routed_experts"), GgufExperts.HiddenSize,
        new(ImportRouting, ExportRouting),
    ];

    /// <summary>The tensors that both have in GGUF.</summary>
    public static IReadOnlyList<TensorRule> GgufTensorRules { get; } =
    [
        .. GgufTensors.Ends, .. GgufTensors.Norms,
        GgufTensors.In("attn_q.weight", "self_attn.q_proj.weight"),
        GgufTensors.In("attn_q_a.weight", "self_attn.q_a_proj.weight"),
        GgufTensors.In("attn_q_a_norm.weight", "self_attn.q_a_layernorm.weight"),
        GgufTensors.In("attn_q_b.weight", "self_attn.q_b_proj.weight"),
        GgufTensors.In("attn_kv_a_mqa.weight", "self_attn.kv_a_proj_with_mqa.weight"),
        GgufTensors.In("attn_kv_a_norm.weight", "self_attn.kv_a_layernorm.weight"),
        new LatentTensors($"{GgufTensors.Block}attn_k_b.weight", $"{GgufTensors.Block}attn_v_b.weight", $"{GgufTensors.Block}attn_kv_b.weight",
            $"{GgufTensors.Layer}self_attn.kv_b_proj.weight", $"{GgufTensors.Layer}self_attn.o_proj.weight"),
        GgufTensors.In("attn_output.weight", "self_attn.o_proj.weight"),
        .. GgufTensors.FeedForward, .. GgufTensors.Experts(), .. GgufTensors.SharedExpert("mlp.shared_experts"),
    ];

    private static void ImportLatent(GgufImport import)
    {
        var (file, config) = (import.Metadata, import.Config);
        int heads = file.Size("attention.head_count"), rotated = file.Size("rope.dimension_count"), latent = file.Size("attention.kv_lora_rank");
        // Without the keys of latent attention, the plain ones say the same.
        int key = file.Size("attention.key_length"), value = file.Size("attention.value_length");
        (key, value) = (file.Size("attention.key_length_mla", key), file.Size("attention.value_length_mla", value));
        file.Size("attention.head_count_kv", heads);
        if (rotated >= key || rotated % 2 != 0)
            throw file.Bad("rope.dimension_count", $"an even number below the size of a key, {key}, is needed");
        (config["num_attention_heads"], config["num_key_value_heads"], config["kv_lora_rank"]) = (heads, heads, latent);
        (config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]) = (key - rotated, rotated, value);
        if (file.Count("attention.q_lora_rank", 0) is > 0 and var rank)
            config["q_lora_rank"] = rank;
    }

    private static void ExportLatent(GgufExport export)
    {
        int latent = export.Config.Size("kv_lora_rank"), rotated = export.Config.Size("qk_rope_head_dim");
        export.Put("attention.head_count", export.Sizes.HeadCount);
        export.Put("attention.head_count_kv", 1);
        export.Put("attention.q_lora_rank", export.Config.Int("q_lora_rank", 0));
        export.Put("attention.kv_lora_rank", latent);
        export.Put("attention.key_length", latent + rotated);
        export.Put("attention.value_length", latent);
        export.Put("attention.key_length_mla", export.Sizes.HeadSize);
        export.Put("attention.value_length_mla", export.Config.Size("v_head_dim"));
        export.Put("rope.dimension_count", rotated);
    }

    // yarn_log_multiplier is a tenth of mscale_all_dim, and stands for an equal mscale: together they leave cos and sin as they are.
    private static void ImportScaling(GgufImport import)
    {
        var file = import.Metadata;
        GgufRotary.ImportScaling(import, file.Size("rope.dimension_count"));
        file.Require("rope.scaling.attn_factor", 1, "DeepSeek scales its scores by mscale_all_dim");
        double all = 10 * file.Number("rope.scaling.yarn_log_multiplier", 0);
        if (all == 0 || import.Config["rope_scaling"] is not JsonObject scaling)
            return;
        (scaling["mscale"], scaling["mscale_all_dim"]) = (all, all);
        if (!file.Has("rope.scaling.yarn_attn_factor"))
            scaling.Remove("attention_factor");
    }

    private static void ExportScaling(GgufExport export)
    {
        var scaling = RotaryConfig.Read(export.Config, export.Sizes.MaxPositions);
        if (scaling is not YarnRotary yarn)
        {
            GgufRotary.ExportScaling(export, scaling);
            return;
        }
        double all = (export.Config.Object("rope_scaling") ?? export.Config.Object("rope_parameters"))?.Number("mscale_all_dim", 0) ?? 0;
        export.Put("rope.freq_base", yarn.Base);
        if (all != 0)
            export.Put("rope.scaling.yarn_log_multiplier", 0.1 * all);
        GgufRotary.ExportYarn(export, yarn, impliedAttention: all != 0 ? 1 : YarnRotary.Temperature(yarn.Factor));
    }

    private static void ImportRouting(GgufImport import)
    {
        var (file, config) = (import.Metadata, import.Config);
        config["first_k_dense_replace"] = file.Count("leading_dense_block_count", 0);
        config["n_shared_experts"] = file.Count("expert_shared_count", 0);
        config["norm_topk_prob"] = file.Flag("expert_weights_norm", false);
        // 0 means "no scaling" to llama.cpp.
        config["routed_scaling_factor"] = file.Number("expert_weights_scale", 0) is var scale && scale == 0 ? 1 : scale;
        int experts = file.Size("expert_count"), groups = Math.Max(file.Count("expert_group_count", 1), 1), used = Math.Max(file.Count("expert_group_used_count", 1), 1);
        if (experts % groups != 0)
            throw file.Bad("expert_group_count", $"it must divide expert_count, {experts}");
        if (used > groups)
            throw file.Bad("expert_group_used_count", $"there are only {groups} groups");
        (config["n_group"], config["topk_group"]) = (groups, used);
    }

    private static void ExportRouting(GgufExport export)
    {
        var config = export.Config;
        if (config.Size("moe_layer_freq", 1) != 1)
            throw export.Impossible("experts on every few layers only (moe_layer_freq)");
        bool sigmoid = config.Text("scoring_func", "softmax") == "sigmoid";
        export.Put("leading_dense_block_count", config.Int("first_k_dense_replace", 0));
        export.Put("expert_shared_count", config.Int("n_shared_experts", 0));
        export.Put("expert_weights_norm", config.Flag("norm_topk_prob", sigmoid));
        export.Put("expert_weights_scale", config.Number("routed_scaling_factor", 1));
        bool grouped = sigmoid || config.Text("topk_method", "greedy") != "greedy";
        export.Put("expert_group_count", grouped ? config.Size("n_group", 1) : 1);
        export.Put("expert_group_used_count", grouped ? config.Size("topk_group", 1) : 1);
    }
}
