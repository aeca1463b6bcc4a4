using Trimtab.Models.Gguf;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>Mixtral (arXiv 2401.04088): Mistral with a mixture of experts; the chosen weights are divided by their sum.</summary>
[Architecture("MixtralForCausalLM")]
public sealed class Mixtral : Architecture
{
    /// <inheritdoc/>
    public override DecoderConfig ReadConfig(ConfigReader config) => DecoderConfig.Read(config);

    /// <inheritdoc/>
    public override Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights)
    {
        var rotary = RotaryConfig.Embedding(config, sizes);
        var windows = LayerWindows.Read(config, sizes.LayerCount, slides: _ => true);
        int experts = config.Size("num_local_experts");
        var routing = new Routing { ExpertsPerToken = ExpertConfig.PerToken(config, experts), Normalise = true };
        return LlamaStyle.Decoder(sizes, weights, [rotary], (layer, block) =>
        {
            var mixture = block.Scope("block_sparse_moe");
            return LlamaStyle.Block(layer, sizes, block,
                LlamaStyle.Attention(sizes, block.Scope("self_attn"), rotary, windows(layer)),
                new MixtureOfExperts(mixture.Router("gate", experts, sizes.HiddenSize), routing,
                    [.. Enumerable.Range(0, experts).Select(e => mixture.Scope("experts", e).GatedMlp(sizes.HiddenSize, sizes.IntermediateSize, sizes.Activation, gate: "w1", up: "w3", down: "w2"))]));
        });
    }

    /// <inheritdoc/>
    internal override GgufForm? Gguf { get; } = new("llama", "mixtral")
    {
        Recognises = file => file.Count("expert_count", 0) > 0,
        Fields =
        [
            .. GgufFields.Decoder, GgufRotary.Field(), GgufFields.Windows(slides: _ => true), GgufExperts.Count("num_local_experts"), .. GgufExperts.PlainSoftmax,
            GgufFields.Fixed("expert_weights_norm", 1, "Mixtral divides the chosen weights by their sum"),
        ],
        Tensors =
        [
            .. GgufTensors.Ends, .. GgufTensors.Norms, .. GgufTensors.InterleavedAttention,
            .. GgufTensors.Experts("block_sparse_moe.gate", "block_sparse_moe.experts.@.", gate: "w1", up: "w3", down: "w2"),
        ],
    };
}
