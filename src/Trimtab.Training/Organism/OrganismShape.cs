using System.Text.Json.Nodes;
using Trimtab.Tensors;

namespace Trimtab.Training.Organism;

/// <summary>The sizes of a model organism: a Llama, or with several experts a Mixtral. Heads are tied to the embeddings.</summary>
public sealed record OrganismShape
{
    /// <summary>Pip: some 4 million parameters, which two processors train in two hours.</summary>
    public static OrganismShape Pip { get; } = new() { Layers = 8, Width = 192, Heads = 6, KeyHeads = 3, Hidden = 512 };

    /// <summary>Pip as a mixture of experts: 8 experts of which each token uses two.</summary>
    public static OrganismShape PipMoe { get; } = new() { Layers = 6, Width = 192, Heads = 6, KeyHeads = 3, Hidden = 256, Experts = 8, ExpertsPerToken = 2 };

    /// <summary>L, blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>D, the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>H, query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Hk, key and value heads.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>M, the feed-forward or one expert.</summary>
    public required int Hidden { get; init; }

    /// <summary>How many experts there are; 0 for a plain feed-forward.</summary>
    public int Experts { get; init; }

    /// <summary>How many experts a token uses.</summary>
    public int ExpertsPerToken { get; init; }

    /// <summary>The longest text.</summary>
    public int MaxPositions { get; init; } = 512;

    private int HeadSize => Width / Heads;

    /// <summary>config.json as Hugging Face writes it.</summary>
    /// <param name="vocabulary">V.</param>
    /// <param name="endToken">The token that ends a turn.</param>
    /// <param name="type">The element type of the weights as the configuration calls it, such as "bfloat16".</param>
    public JsonObject Config(int vocabulary, int endToken, string type)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Experts > 0 ? "MixtralForCausalLM" : "LlamaForCausalLM"),
            ["model_type"] = Experts > 0 ? "mixtral" : "llama",
            ["vocab_size"] = vocabulary,
            ["hidden_size"] = Width,
            ["intermediate_size"] = Hidden,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyHeads,
            ["head_dim"] = HeadSize,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = MaxPositions,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["tie_word_embeddings"] = true,
            ["eos_token_id"] = endToken,
            ["torch_dtype"] = type,
        };
        if (Experts > 0)
            (config["num_local_experts"], config["num_experts_per_tok"]) = (Experts, ExpertsPerToken);
        return config;
    }

    /// <summary>Every weight by its Hugging Face name.</summary>
    /// <param name="vocabulary">V.</param>
    public IEnumerable<(string Name, Shape Shape)> Weights(int vocabulary) =>
    [
        ("model.embed_tokens.weight", new Shape(vocabulary, Width)),
        .. Enumerable.Range(0, Layers).SelectMany(layer => BlockWeights().Select(weight => ($"model.layers.{layer}.{weight.Name}.weight", weight.Shape))),
        ("model.norm.weight", new Shape(Width)),
    ];

    private IEnumerable<(string Name, Shape Shape)> BlockWeights()
    {
        int queries = Heads * HeadSize, keys = KeyHeads * HeadSize;
        yield return ("input_layernorm", new Shape(Width));
        yield return ("self_attn.q_proj", new Shape(queries, Width));
        yield return ("self_attn.k_proj", new Shape(keys, Width));
        yield return ("self_attn.v_proj", new Shape(keys, Width));
        yield return ("self_attn.o_proj", new Shape(Width, queries));
        yield return ("post_attention_layernorm", new Shape(Width));
        if (Experts > 0)
            yield return ("block_sparse_moe.gate", new Shape(Experts, Width));
        for (int expert = 0; expert < Math.Max(Experts, 1); expert++)
        {
            var (gate, down, up) = Experts > 0 ? ($"block_sparse_moe.experts.{expert}.w1", $"block_sparse_moe.experts.{expert}.w2", $"block_sparse_moe.experts.{expert}.w3") : ("mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
            yield return (gate, new Shape(Hidden, Width));
            yield return (up, new Shape(Hidden, Width));
            yield return (down, new Shape(Width, Hidden));
        }
    }
}
