using System.Globalization;
using System.Text.Json.Nodes;

namespace Trimtab.Benchmarks.Models;

/// <summary>The sizes of a published model: all that its speed depends on.</summary>
/// <param name="Name">What the maker calls it.</param>
/// <param name="Architecture">The architecture, as configurations name it.</param>
/// <param name="Layers">L, blocks.</param>
/// <param name="Width">D, the residual stream.</param>
/// <param name="Heads">H, query heads.</param>
/// <param name="KeyHeads">Hk, key and value heads.</param>
/// <param name="Hidden">M, the feed-forward.</param>
/// <param name="Vocabulary">V.</param>
internal sealed record ModelShape(string Name, string Architecture, int Layers, int Width, int Heads, int KeyHeads, int Hidden, int Vocabulary)
{
    /// <summary>Qwen2.5-0.5B: tied, with biases on queries, keys and values.</summary>
    public static ModelShape Qwen2_5_0_5B { get; } = new("qwen2.5-0.5b", "Qwen2ForCausalLM", 24, 896, 14, 2, 4864, 151_936) { QueryKeyValueBias = true, RotaryBase = 1_000_000 };

    /// <summary>Llama-3.2-1B: tied, with the stretched rotary positions of Llama 3.1.</summary>
    public static ModelShape Llama3_2_1B { get; } = new("llama-3.2-1b", "LlamaForCausalLM", 16, 2048, 32, 8, 8192, 128_256)
    {
        RotaryBase = 500_000, NormEps = 1e-5, MaxPositions = 131_072,
        RotaryScaling = () => new JsonObject { ["rope_type"] = "llama3", ["factor"] = 32.0, ["low_freq_factor"] = 1.0, ["high_freq_factor"] = 4.0, ["original_max_position_embeddings"] = 8192 },
    };

    /// <summary>The shapes that the maker knows.</summary>
    public static IReadOnlyList<ModelShape> All { get; } = [Qwen2_5_0_5B, Llama3_2_1B];

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>θ of the rotary positions.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>ε of the norms.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The longest text.</summary>
    public int MaxPositions { get; init; } = 32_768;

    /// <summary>Makes rope_scaling; null for none.</summary>
    public Func<JsonObject>? RotaryScaling { get; init; }

    /// <summary>The values in all matrices, the tied head once.</summary>
    public long MatrixValues => Matrices.Sum(matrix => (long)matrix.Outputs * matrix.Inputs);

    /// <summary>Every matrix by its Hugging Face name.</summary>
    public IEnumerable<(string Name, int Outputs, int Inputs)> Matrices =>
        Enumerable.Range(0, Layers).SelectMany(layer => BlockMatrices.Select(m => (Block(layer, m.Name + ".weight"), m.Outputs, m.Inputs)))
            .Prepend(("model.embed_tokens.weight", Vocabulary, Width));

    /// <summary>Every vector by its name, and whether it is a norm's weight.</summary>
    public IEnumerable<(string Name, int Size, bool IsNorm)> Vectors =>
        Enumerable.Range(0, Layers).SelectMany(layer => BlockVectors.Select(v => (Block(layer, v.Name), v.Size, v.IsNorm)))
            .Prepend(("model.norm.weight", Width, true));

    private int KeyWidth => Width / Heads * KeyHeads;

    private (string Name, int Outputs, int Inputs)[] BlockMatrices =>
    [
        ("self_attn.q_proj", Width, Width), ("self_attn.k_proj", KeyWidth, Width), ("self_attn.v_proj", KeyWidth, Width), ("self_attn.o_proj", Width, Width),
        ("mlp.gate_proj", Hidden, Width), ("mlp.up_proj", Hidden, Width), ("mlp.down_proj", Width, Hidden),
    ];

    private (string Name, int Size, bool IsNorm)[] BlockVectors =>
    [
        ("input_layernorm.weight", Width, true), ("post_attention_layernorm.weight", Width, true),
        .. QueryKeyValueBias ? (ReadOnlySpan<(string, int, bool)>)[("self_attn.q_proj.bias", Width, false), ("self_attn.k_proj.bias", KeyWidth, false), ("self_attn.v_proj.bias", KeyWidth, false)] : [],
    ];

    /// <summary>The configuration as Hugging Face spells it.</summary>
    public JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture), ["hidden_size"] = Width, ["intermediate_size"] = Hidden, ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads, ["num_key_value_heads"] = KeyHeads, ["vocab_size"] = Vocabulary, ["max_position_embeddings"] = MaxPositions,
            ["hidden_act"] = "silu", ["rms_norm_eps"] = NormEps, ["rope_theta"] = RotaryBase, ["tie_word_embeddings"] = true,
        };
        if (RotaryScaling is { } scaling)
            config["rope_scaling"] = scaling();
        return config;
    }

    private static string Block(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{name}");
}
