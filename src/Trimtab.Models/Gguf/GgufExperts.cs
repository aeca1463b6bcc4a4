using System.Text.Json.Nodes;

namespace Trimtab.Models.Gguf;

/// <summary>What the mixture-of-experts families say about their experts.</summary>
internal static class GgufExperts
{
    /// <summary>The number of experts, which every stack's first axis must show, and how many a token uses.</summary>
    /// <param name="countKey">The configuration's key for the number.</param>
    public static GgufField Count(string countKey) => new(
        import =>
        {
            int experts = import.Metadata.Size("expert_count");
            foreach (string stack in import.Tensors.Names.Where(name => name.EndsWith("_exps.weight", StringComparison.Ordinal)))
                if (import.Tensors.Look(stack) is var tensor && (tensor.Shape.Rank != 3 || tensor.Shape[0] != experts))
                    throw import.Metadata.Bad("expert_count", $"the tensor {stack} is {tensor}, with one expert for each element of its first axis");
            import.Config[countKey] = experts;
            int perToken = import.Metadata.Size("expert_used_count");
            if (perToken > experts)
                throw import.Metadata.Bad("expert_used_count", $"there are only {experts} experts");
            import.Config["num_experts_per_tok"] = perToken;
        },
        export =>
        {
            export.Put("expert_count", export.Config.Size(countKey));
            export.Put("expert_used_count", export.Config.Size("num_experts_per_tok"));
        });

    /// <summary>The hidden width of an expert.</summary>
    public static GgufField HiddenSize { get; } = Width("moe_intermediate_size", "expert_feed_forward_length", "ffn_gate_exps.weight");

    /// <summary>The hidden width of the shared expert.</summary>
    public static GgufField SharedHiddenSize { get; } = Width("shared_expert_intermediate_size", "expert_shared_feed_forward_length", "ffn_gate_shexp.weight");

    /// <summary>Whether the chosen weights are divided by their sum. A key says it only where it is not what the family implies.</summary>
    public static GgufField Normalised(bool implied) => new(
        import => import.Config["norm_topk_prob"] = import.Metadata.Flag("expert_weights_norm", implied),
        export =>
        {
            if (export.Config.Flag("norm_topk_prob", false) is var normalised && normalised == implied)
                return;
            export.Put("expert_weights_norm", normalised);
            export.Notes.Add($"{export.Form.Name}.expert_weights_norm is {normalised}: llama.cpp takes {implied} for granted in this architecture.");
        });

    /// <summary>That nothing scales the weights and that a softmax makes them; files may say so.</summary>
    public static IReadOnlyList<GgufField> PlainSoftmax { get; } =
    [
        new(import =>
        {
            // 0 means "none" to llama.cpp, as does 1.
            if (import.Metadata.Number("expert_weights_scale", 1) is not (0 or 1))
                throw import.Metadata.Bad("expert_weights_scale", "this architecture does not scale its experts");
        }, static _ => { }),
        GgufFields.Fixed("expert_gating_func", 1, "this architecture routes by softmax"),
    ];

    /// <summary>Dense layers among the sparse ones, in Qwen's words. In GGUF they are the blocks without a router.</summary>
    public static GgufField DenseLayers { get; } = new(
        import =>
        {
            int layers = Math.Min(import.Metadata.Size("block_count"), import.Tensors.Names.Count);
            var dense = Enumerable.Range(0, layers).Where(layer => !import.Tensors.Has(FormattableString.Invariant($"blk.{layer}.ffn_gate_inp.weight")));
            import.Config["mlp_only_layers"] = new JsonArray([.. dense.Select(layer => JsonValue.Create(layer))]);
        },
        export =>
        {
            if (export.Config.Size("decoder_sparse_step", 1) != 1 || export.Config.Ints("mlp_only_layers").Length > 0)
                export.Notes.Add($"{export.Model.Name} has dense layers among the sparse ones: llama.cpp expects experts in every layer of {export.Form.Name}.");
        });

    // Older files leave the key away; the tensors show the width.
    private static GgufField Width(string config, string key, string tensor) => new(
        import => import.Config[config] = import.Metadata.Has(key)
            ? import.Metadata.Size(key)
            : import.Tensors.Names.FirstOrDefault(name => name.EndsWith(tensor, StringComparison.Ordinal)) is { } name
                && import.Tensors.Look(name) is { Shape.Rank: > 1 } example
                ? example.Shape[-2]
                : throw import.Metadata.Bad(key, "the key is missing, and no tensor shows the width"),
        export => export.Put(key, export.Config.Size(config)));
}
