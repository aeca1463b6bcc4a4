using System.Collections.Immutable;
using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// SAELens: `cfg.json` and `sae_weights.safetensors` with W_enc [D, F], b_enc, W_dec [F, Do], b_dec, and threshold, b_gate with r_mag and b_mag, or W_skip [Do, D]
/// by architecture. Version 6 keeps what only describes in `metadata`, which is free of form; before, all keys were side by side. `expected_average_only_in` is
/// applied by SAELens to the weights once, with a number that lies beside them or nowhere.
/// </summary>
internal sealed class SaeLensFormat : SaeFormat
{
    private const string ConfigName = "cfg.json", FileName = "sae_weights.safetensors", ScaleName = "activation_scaler.json";

    // Descriptions and settings of training. Before version 6 they stood among the others.
    private static readonly string[] Harmless =
    [
        "aux_loss_coefficient", "context_size", "dataset_path", "dataset_trust_remote_code", "decoder_heuristic_init", "decoder_init_norm", "decoder_orthogonal_init",
        "device", "dtype", "exclude_special_tokens", "hook_layer", "hook_point_layer", "init_encoder_as_decoder_transpose", "jumprelu_bandwidth",
        "jumprelu_init_threshold", "jumprelu_sparsity_loss_mode", "jumprelu_tanh_scale", "l0_coefficient", "l0_warm_up_steps", "l1_coefficient", "l1_warm_up_steps",
        "lp_norm", "model_class_name", "model_from_pretrained_kwargs", "mse_loss_normalization", "neuronpedia_id", "noise_scale", "normalize_sae_decoder",
        "pre_act_loss_coefficient", "sae_lens_training_version", "sae_lens_version", "scale_sparsity_penalty_by_decoder_norm", "seqpos_slice", "topk_threshold_lr",
        "use_ghost_grads", "use_sparse_activations", "finetuning_scaling_factor", "hook_head_index_out", "reshape_activations",
    ];

    public override string Name => "saelens";

    public override string Summary => "a folder with cfg.json and sae_weights.safetensors";

    public override bool CanWrite => true;

    internal override IReadOnlyList<string> Options => [nameof(SaeLoadOptions.InputScale)];

    internal override string? Find(string path) => FolderWith(path, FileName, ConfigName);

    internal override void Write(SparseAutoencoder sae, string folder) => SaeLensWriter.Write(sae, folder);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), Harmless);
        var described = config.Object("metadata") ?? config;
        var architecture = ArchitectureOf(config);
        int width = config.Size("d_in"), latents = config.Size("d_sae"), outputs = architecture.Transcodes ? config.Size("d_out") : width;
        int k = KOf(config);
        var groups = GroupsOf(config, latents);
        bool centres = config.Flag("apply_b_dec_to_input", !architecture.Transcodes), unit = config.Flag("rescale_acts_by_decoder_norm", false);
        if (centres && architecture.Transcodes)
            throw config.Bad("apply_b_dec_to_input", "transcoders do not centre their input");
        if (unit && architecture.Kind is not ("topk" or "batchtopk"))
            throw config.Bad("rescale_acts_by_decoder_norm", "it belongs to topk and batchtopk");
        var normalisation = NormalisationOf(config, path, options, undone: !architecture.Transcodes);
        described.Require("hook_head_index", "null", "one head of an attention layer is no hook point here.");
        var origin = OriginOf(described, path, architecture.Transcodes);
        config.RequireAllRead();
        return SaeTensors.Read(SafetensorsFile.Open(Path.Combine(path, FileName)), tensors =>
        {
            RequireNoScalingFactors(tensors, latents);
            var bias = tensors.Vector(architecture.Kind == "gated" ? "b_gate" : "b_enc", latents);
            var weights = new SaeWeights(tensors.Turned("W_enc", latents, width), bias, tensors.Matrix("W_dec", latents, outputs), tensors.Vector("b_dec", outputs),
                architecture.Skips ? tensors.Matrix("W_skip", outputs, width) : null);
            var kind = KindOf(architecture.Kind, tensors, weights, k);
            return new SparseAutoencoder(unit ? tensors.WithUnitDecoder(weights) : weights, groups.IsEmpty ? kind : new Matryoshka(kind, groups), tensors)
            {
                CentresInput = centres,
                Normalisation = normalisation,
                Origin = origin,
            };
        });
    }

    private static SaeKind KindOf(string kind, SaeTensors tensors, SaeWeights weights, int k)
    {
        int latents = weights.LatentCount;
        switch (kind)
        {
            case "standard":
                return new Relu();
            case "topk":
                return new TopK(k);
            case "gated":
                return new Gated(weights.EncoderBias, tensors.Vector("r_mag", latents), tensors.Vector("b_mag", latents));
            case "batchtopk" when tensors.Has("topk_threshold"):
                return new BatchTopK(k, tensors.Number("topk_threshold"));
            case var _ when tensors.Has("log_threshold"):
                var thresholds = tensors.Vector("log_threshold", latents).Keep();
                TensorPrimitives.Exp(thresholds.Values, thresholds.Values);
                return new JumpRelu(thresholds);
            default:
                return new JumpRelu(tensors.Vector("threshold", latents));
        }
    }

    /// <summary>The kind, and whether it is a transcoder and has a skip connection: all in one name, and before version 6 partly in the activation's.</summary>
    private static (string Kind, bool Transcodes, bool Skips) ArchitectureOf(ConfigReader config)
    {
        string name = config.Text("architecture", "standard"), activation = config.Text("activation_fn", config.Text("activation_fn_str", "relu"));
        if (activation is not ("relu" or "topk"))
            throw config.Bad(config.Has("activation_fn") ? "activation_fn" : "activation_fn_str", "relu and topk are read");
        return (name, activation) switch
        {
            ("standard", "topk") => ("topk", false, false),
            ("standard" or "topk" or "batchtopk" or "jumprelu" or "gated", _) => (name, false, false),
            ("matryoshka_batchtopk", _) => ("batchtopk", false, false),
            ("transcoder", _) => ("standard", true, false),
            ("skip_transcoder", _) => ("standard", true, true),
            ("jumprelu_transcoder", _) => ("jumprelu", true, false),
            ("jumprelu_skip_transcoder", _) => ("jumprelu", true, true),
            _ => throw config.Bad("architecture", "standard, topk, batchtopk, matryoshka_batchtopk, jumprelu, gated, transcoder, skip_transcoder, jumprelu_transcoder and jumprelu_skip_transcoder are read"),
        };
    }

    private static int KOf(ConfigReader config)
    {
        var arguments = config.Object("activation_fn_kwargs");
        int k = config.Size("k", arguments?.Size("k", 100) ?? 100);
        arguments?.Require("signed", "false", "signed latents are another choice of latents.");
        arguments?.RequireAllRead();
        return k;
    }

    // The file has the widths up to the end of each group.
    private static ImmutableArray<int> GroupsOf(ConfigReader config, int latents)
    {
        int[] ends = config.Ints("matryoshka_widths");
        if (ends.Length > 0 && ends[^1] != latents)
            ends = [.. ends, latents];
        return [.. ends.Select((end, group) => group == 0 ? end : end - ends[group - 1])];
    }

    private static SaeNormalisation NormalisationOf(ConfigReader config, string path, SaeLoadOptions options, bool undone)
    {
        const string Key = "normalize_activations";
        string mode = config.Node(Key)?.ToString() ?? "none";
        if (options.InputScale is not null && mode is not ("expected_average_only_in" or "true"))
            throw config.Bad(Key, "rows are not scaled by one number, so InputScale means nothing here");
        switch (mode)
        {
            case "none" or "false":
                return SaeNormalisation.None;
            case "constant_norm_rescale":
                return new RowLength(undone);
            case "layer_norm":
                return new RowSpread(undone);
            case "expected_average_only_in" or "true":
                float scale = options.InputScale ?? ScaleBeside(path) ?? throw config.Bad(Key,
                    $"the weights are for scaled rows, and the number is not in the folder ({ScaleName}). Give InputScale: √{config.Int("d_in")} / (mean length of the training rows), or 1 if it is in the weights already");
                return new FixedScale(scale, scale);
            default:
                throw config.Bad(Key, "none, expected_average_only_in, constant_norm_rescale and layer_norm are read");
        }
    }

    private static float? ScaleBeside(string path)
    {
        string file = Path.Combine(path, ScaleName);
        if (!File.Exists(file))
            return null;
        var scaler = Config(file, []);
        float? scale = scaler.Has("scaling_factor") ? (float)scaler.PositiveNumber("scaling_factor") : null;
        scaler.RequireAllRead();
        return scale;
    }

    private SaeOrigin OriginOf(ConfigReader described, string path, bool transcodes)
    {
        string? hook = Text(described, "hook_name") ?? Text(described, "hook_point"), output = Text(described, "hook_name_out");
        described.Require("hook_point_head_index", "null", "one head of an attention layer is no hook point here.");
        // A transcoder writes another place even where its file does not say which.
        output = transcodes ? output ?? $"{hook ?? "unknown"} output" : output == hook ? null : output;
        return new SaeOrigin
        {
            Format = Name, File = path, ModelName = Text(described, "model_name"),
            HookName = hook, OutputHookName = output, At = HookNames.Parse(hook), OutputAt = HookNames.Parse(output),
            PrependsBos = described.Has("prepend_bos") ? described.Flag("prepend_bos", true) : null, ContextSize = Whole(described, "context_size"),
        };
    }

    // For a while such factors were written by all, as ones.
    private static void RequireNoScalingFactors(SaeTensors tensors, int latents)
    {
        if (!tensors.Has("scaling_factor"))
            return;
        foreach (float factor in tensors.Vector("scaling_factor", latents).Values)
            if (MathF.Abs(factor - 1) > 1e-5f)
                throw new ModelFormatException(FormattableString.Invariant($"{tensors.Describe}: scaling_factor has the value {factor} — factors of fine-tuned latents other than 1 are not read. Multiply the rows of W_dec by them and remove the tensor."));
    }
}
