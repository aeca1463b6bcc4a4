namespace Trimtab.Models.Gguf;

/// <summary>The tensor rules that most families share.</summary>
internal static class GgufTensors
{
    /// <summary>How names inside a block begin in GGUF files.</summary>
    public const string Block = "blk.#.";

    /// <summary>How names inside a block begin in checkpoints of Llama's descendants.</summary>
    public const string Layer = "model.layers.#.";

    /// <summary>Embedding, final norm and head.</summary>
    public static IReadOnlyList<TensorRule> Ends { get; } =
    [
        new EmbeddingTensor("token_embd.weight", "model.embed_tokens.weight", "lm_head.weight"),
        new SameTensor("output_norm.weight", "model.norm.weight"),
        new HeadTensor("output.weight", "lm_head.weight"),
    ];

    /// <summary>The two norms of a block.</summary>
    public static IReadOnlyList<TensorRule> Norms { get; } =
    [
        In("attn_norm.weight", "input_layernorm.weight"),
        In("ffn_norm.weight", "post_attention_layernorm.weight"),
    ];

    /// <summary>Queries, keys, values and output, with their biases where they have them.</summary>
    public static IReadOnlyList<TensorRule> Attention { get; } =
    [
        .. Linear("attn_q", "self_attn.q_proj"), .. Linear("attn_k", "self_attn.k_proj"), .. Linear("attn_v", "self_attn.v_proj"),
        .. Linear("attn_output", "self_attn.o_proj"),
    ];

    /// <summary>As <see cref="Attention"/>, with queries and keys in llama.cpp's order of rows.</summary>
    public static IReadOnlyList<TensorRule> InterleavedAttention { get; } =
    [
        .. Reordered("attn_q", "self_attn.q_proj", RowOrder.InterleavedQueries), .. Reordered("attn_k", "self_attn.k_proj", RowOrder.InterleavedKeys),
        .. Linear("attn_v", "self_attn.v_proj"), .. Linear("attn_output", "self_attn.o_proj"),
        new IgnoredTensor($"{Block}attn_rot_embd.weight"),
    ];

    /// <summary>Norms of queries and keys.</summary>
    public static IReadOnlyList<TensorRule> HeadNorms { get; } =
    [
        In("attn_q_norm.weight", "self_attn.q_norm.weight"),
        In("attn_k_norm.weight", "self_attn.k_norm.weight"),
    ];

    /// <summary>The gated feed-forward.</summary>
    public static IReadOnlyList<TensorRule> FeedForward { get; } =
        [.. Linear("ffn_gate", "mlp.gate_proj"), .. Linear("ffn_up", "mlp.up_proj"), .. Linear("ffn_down", "mlp.down_proj")];

    /// <summary>Router and experts under the names of one family.</summary>
    public static IReadOnlyList<TensorRule> Experts(string router = "mlp.gate", string experts = "mlp.experts.@.", string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
    [
        new SameTensor($"{Block}ffn_gate_inp.weight", $"{Layer}{router}.weight", KeepsPrecision: true),
        Stack("ffn_gate", $"{experts}{gate}"), Stack("ffn_up", $"{experts}{up}"), Stack("ffn_down", $"{experts}{down}"),
        new FusedExpertTensors($"{Block}ffn_gate_up_exps.weight", $"{Layer}{experts}{gate}.weight", $"{Layer}{experts}{up}.weight"),
    ];

    /// <summary>The expert that all tokens share.</summary>
    public static IReadOnlyList<TensorRule> SharedExpert(string name) =>
    [
        In("ffn_gate_shexp.weight", $"{name}.gate_proj.weight"), In("ffn_up_shexp.weight", $"{name}.up_proj.weight"), In("ffn_down_shexp.weight", $"{name}.down_proj.weight"),
    ];

    /// <summary>One tensor of a block.</summary>
    public static SameTensor In(string gguf, string huggingFace) => new(Block + gguf, Layer + huggingFace);

    /// <summary>Weight and bias of a layer in a block.</summary>
    public static IReadOnlyList<TensorRule> Linear(string gguf, string huggingFace) =>
        [In($"{gguf}.weight", $"{huggingFace}.weight"), In($"{gguf}.bias", $"{huggingFace}.bias")];

    /// <summary>Weight and bias under full names.</summary>
    public static IReadOnlyList<TensorRule> Both(string gguf, string huggingFace) =>
        [new SameTensor($"{gguf}.weight", $"{huggingFace}.weight"), new SameTensor($"{gguf}.bias", $"{huggingFace}.bias")];

    private static IReadOnlyList<TensorRule> Reordered(string gguf, string huggingFace, RowOrder order) =>
    [
        new ReorderedTensor($"{Block}{gguf}.weight", $"{Layer}{huggingFace}.weight", order),
        new ReorderedTensor($"{Block}{gguf}.bias", $"{Layer}{huggingFace}.bias", order),
    ];

    private static ExpertTensors Stack(string gguf, string expert) => new($"{Block}{gguf}_exps.weight", $"{Block}{gguf}.@.weight", $"{Layer}{expert}.weight");
}
