using System.Numerics.Tensors;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// OpenMOSS (Language-Model-SAEs): `config.json` and `sae_weights.safetensors`, with W_E [D, F], b_E, W_D [F, D], b_D; in files of 2025 with encoder.weight [F, D], encoder.bias, decoder.weight [D, F], decoder.bias; of JumpReLU the logarithm of its
/// thresholds. Where the config includes the decoder's lengths in the activation, decoder rows are brought to length 1, so that latents are as many times larger than OpenMOSS shows them; what they write is the same.
/// </summary>
internal sealed class OpenMossFormat : SaeFormat
{
    private const string ConfigName = "config.json", FileName = "sae_weights.safetensors", Norms = "dataset_average_activation_norm.";

    private static readonly string[] Harmless =
    [
        "device", "dtype", "sae_pretrained_name_or_path", "strict_loading", "use_triton_kernel", "sparsity_threshold_for_triton_spmm_kernel", "jumprelu_threshold_window", "force_unit_decoder_norm",
        "promote_act_fn_dtype", "skip_bos", "init_use_lower_bound",
    ];

    public override string Name => "openmoss";

    public override string Summary => "a folder with config.json and sae_weights.safetensors";

    internal override string? Find(string path) => FolderWith(path, FileName, ConfigName);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), Harmless);
        config.Require("sae_type", "\"sae\"", "crosscoders, cross-layer transcoders and low-rank attention are other models.");
        config.Require("use_glu_encoder", "false", "a gated linear encoder is another autoencoder.");
        int width = config.Size("d_model"), latents = checked((int)(width * config.PositiveNumber("expansion_factor")));
        var origin = OriginOf(config, Name, path);
        string mode = config.Text("norm_activation", "dataset-wise"), activation = config.Text("act_fn", "relu");
        int k = config.Int("top_k", 50);
        bool unit = config.Flag("sparsity_include_decoder_norm", true), bias = config.Flag("use_decoder_bias", true), centres = config.Flag("apply_decoder_bias_to_pre_encoder", false);
        config.RequireAllRead();
        return SaeTensors.Read(SafetensorsFile.Open(Path.Combine(path, FileName)), tensors =>
        {
            var weights = WeightsOf(tensors, width, latents, bias);
            SaeKind kind = activation switch
            {
                "relu" => new Relu(),
                "topk" => new TopK(k),
                "jumprelu" => new JumpRelu(Exponentials(tensors.Vector(tensors.Has("log_jumprelu_threshold") ? "log_jumprelu_threshold" : "activation_function.log_jumprelu_threshold", latents))),
                _ => throw config.Bad("act_fn", "relu, topk and jumprelu are read; a batch's top k depends on the other rows"),
            };
            return new SparseAutoencoder(unit ? tensors.WithUnitDecoder(weights) : weights, kind, tensors)
            {
                Normalisation = NormalisationOf(tensors, mode, config, origin, width),
                CentresInput = centres && bias,
                Origin = origin,
            };
        });
    }

    /// <summary>What OpenMOSS's files, old and new, say about the places.</summary>
    internal static SaeOrigin OriginOf(ConfigReader config, string format, string path)
    {
        string? input = Text(config, "hook_point_in"), output = Text(config, "hook_point_out");
        output = output == input ? null : output;
        return new SaeOrigin { Format = format, File = path, HookName = input, OutputHookName = output, At = HookNames.Parse(input), OutputAt = HookNames.Parse(output) };
    }

    private static SaeWeights WeightsOf(SaeTensors tensors, int width, int latents, bool bias)
    {
        bool isNew = tensors.Has("W_E");
        var decoderBias = bias ? tensors.Vector(isNew ? "b_D" : "decoder.bias", width) : Tensor.Zeros(new Shape(width));
        return isNew
            ? new SaeWeights(tensors.Turned("W_E", latents, width), tensors.Vector("b_E", latents), tensors.Matrix("W_D", latents, width), decoderBias)
            : new SaeWeights(tensors.Matrix("encoder.weight", latents, width), tensors.Vector("encoder.bias", latents), tensors.Turned("decoder.weight", latents, width), decoderBias);
    }

    private static Tensor Exponentials(Tensor logarithms)
    {
        var values = Tensor.Zeros(logarithms.Shape);
        TensorPrimitives.Exp(logarithms.Values, values.Values);
        return values;
    }

    // The mean lengths lie in the file whatever the mode, and mean something in one of them.
    private static SaeNormalisation NormalisationOf(SaeTensors tensors, string mode, ConfigReader config, SaeOrigin origin, int width)
    {
        string input = Norms + origin.HookName, output = Norms + (origin.OutputHookName ?? origin.HookName);
        tensors.Skip(input);
        tensors.Skip(output);
        return mode switch
        {
            "dataset-wise" => new FixedScale(MathF.Sqrt(width) / tensors.Number(input), MathF.Sqrt(width) / tensors.Number(output)),
            "inference" => SaeNormalisation.None,
            "token-wise" when origin.OutputHookName is null => new RowLength(),
            _ => throw config.Bad("norm_activation", "dataset-wise, inference and, of autoencoders, token-wise are read; under batch-wise a row's latents depend on the other rows"),
        };
    }
}
