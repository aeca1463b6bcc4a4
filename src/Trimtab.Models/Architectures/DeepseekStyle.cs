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
                ? new MixtureOfExperts(mlp.Linear("gate", experts, sizes.HiddenSize), routing(mlp), ExpertConfig.Experts(mlp, experts, sizes, expertSize),
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
}
