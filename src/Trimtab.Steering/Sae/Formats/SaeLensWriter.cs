using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Writes the folder of SAELens 6. As SAELens itself does, BatchTopK becomes JumpReLU with one threshold for all latents, Matryoshka its inner kind; the sizes of
/// its groups go into the metadata. Scales of all rows are folded into the weights.
/// </summary>
internal static class SaeLensWriter
{
    public static void Write(SparseAutoencoder sae, string folder)
    {
        var kind = sae.Kind is Matryoshka matryoshka ? matryoshka.Inner : sae.Kind;
        bool transcodes = sae.IsTranscoder;
        string architecture = ArchitectureOf(sae, kind, transcodes), normalisation = NormalisationOf(sae, transcodes);
        using var weights = FoldedWeights.Of(sae) ?? FoldedWeights.Unscaled(sae);
        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(Path.Combine(folder, "sae_weights.safetensors"), Tensors(sae, kind, weights));
        AtomicFile.WriteText(Path.Combine(folder, "cfg.json"), Config(sae, kind, architecture, normalisation, transcodes).ToJsonString());
    }

    private static string ArchitectureOf(SparseAutoencoder sae, SaeKind kind, bool transcodes)
    {
        string skip = sae.Weights.Skip is null ? "" : "skip_";
        return kind switch
        {
            TopK { Rectified: false } => throw CannotHold("TopK that keeps negative values"),
            Relu => transcodes ? $"{skip}transcoder" : "standard",
            JumpRelu or BatchTopK => transcodes ? $"jumprelu_{skip}transcoder" : "jumprelu",
            _ when transcodes => throw CannotHold($"a transcoder of the kind {kind.Name}"),
            _ => kind.Name,
        };
    }

    private static string NormalisationOf(SparseAutoencoder sae, bool transcodes) => sae.Normalisation switch
    {
        FixedScale => "none",
        RowLength { Undone: var undone } when undone != transcodes => "constant_norm_rescale",
        RowSpread { Undone: var undone } when undone != transcodes => "layer_norm",
        _ => throw CannotHold("this normalisation: it undoes those of autoencoders after decoding, and those of transcoders never"),
    };

    private static IEnumerable<(string, Tensor)> Tensors(SparseAutoencoder sae, SaeKind kind, FoldedWeights weights)
    {
        yield return ("W_enc", weights.TurnedEncoder());
        yield return (kind is Gated ? "b_gate" : "b_enc", weights.EncoderBias);
        yield return ("W_dec", weights.Decoder);
        yield return ("b_dec", weights.DecoderBias);
        if (weights.Skip is { } skip)
            yield return ("W_skip", skip);
        switch (kind)
        {
            case JumpRelu { Thresholds: var thresholds }:
                yield return ("threshold", thresholds);
                break;
            case BatchTopK { Threshold: var threshold }:
                var all = Tensor.Zeros(new Shape(sae.LatentCount));
                all.Values.Fill(threshold);
                yield return ("threshold", all);
                break;
            case Gated gated:
                yield return ("r_mag", gated.LogScale);
                yield return ("b_mag", gated.MagnitudeBias);
                break;
        }
    }

    private static JsonObject Config(SparseAutoencoder sae, SaeKind kind, string architecture, string normalisation, bool transcodes)
    {
        var config = new JsonObject
        {
            ["d_in"] = sae.InputWidth, ["d_sae"] = sae.LatentCount, ["dtype"] = "float32", ["device"] = "cpu",
            ["apply_b_dec_to_input"] = sae.CentresInput, ["normalize_activations"] = normalisation,
            ["reshape_activations"] = NameOf(sae.Origin)?.EndsWith("hook_z", StringComparison.Ordinal) is true ? "hook_z" : "none",
            ["metadata"] = Metadata(sae), ["architecture"] = architecture,
        };
        if (transcodes)
            config["d_out"] = sae.OutputWidth;
        if (kind is TopK { K: var k })
        {
            config["k"] = k;
            config["rescale_acts_by_decoder_norm"] = false;
        }
        return config;
    }

    // What is unknown is left out: SAELens takes what is absent as unknown too.
    private static JsonObject Metadata(SparseAutoencoder sae)
    {
        var origin = sae.Origin;
        var metadata = new JsonObject
        {
            ["sae_lens_version"] = "6.0.0", ["model_name"] = origin.ModelName, ["hook_name"] = NameOf(origin), ["hook_head_index"] = null, ["prepend_bos"] = origin.PrependsBos,
        };
        if (origin.OutputHookName is not null)
            metadata["hook_name_out"] = HookNames.InTransformerLens(origin.OutputAt) ?? origin.OutputHookName;
        if (origin.ContextSize is { } size)
            metadata["context_size"] = size;
        if (sae.Kind is Matryoshka { GroupSizes: var groups })
            metadata["group_sizes"] = new JsonArray([.. groups.Select(size => (JsonNode)size)]);
        return metadata;
    }

    private static string? NameOf(SaeOrigin origin) => HookNames.InTransformerLens(origin.At) ?? origin.HookName;

    private static ModelFormatException CannotHold(string what) => new($"Sparse autoencoder: saelens has no place for {what}. Choose another format.");
}
