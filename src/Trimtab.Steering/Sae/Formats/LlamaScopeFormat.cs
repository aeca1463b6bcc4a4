using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Llama Scope (OpenMOSS, 2024): `hyperparams.json` and `checkpoints/final.safetensors` with encoder.weight [F, D], encoder.bias, decoder.weight [D, F], decoder.bias. The weights are for rows scaled to length √D. The one
/// threshold for all latents is in the model's own scale, and for decoder rows of length 1 where the file includes their lengths: so it is multiplied by s, and the rows are made so.
/// </summary>
internal sealed class LlamaScopeFormat : SaeFormat
{
    private const string ConfigName = "hyperparams.json";

    private static readonly string[] Harmless =
    [
        "device", "seed", "dtype", "bias_init_method", "decoder_exactly_fixed_norm", "init_decoder_norm", "init_encoder_norm", "init_encoder_with_decoder_transpose", "lp", "l1_coefficient",
        "l1_coefficient_warmup_steps", "k_warmup_steps", "use_batch_norm_mse", "use_ghost_grads", "tp_size", "ddp_size", "expansion_factor", "sae_pretrained_name_or_path", "strict_loading",
    ];

    public override string Name => "llama-scope";

    public override string Summary => "a folder with hyperparams.json and checkpoints/final.safetensors";

    internal override string? Find(string path) => FolderWith(path, ConfigName, Path.Combine("checkpoints", "final.safetensors"));

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), Harmless);
        int width = config.Size("d_model"), latents = config.Size("d_sae");
        var origin = OpenMossFormat.OriginOf(config, Name, path);
        var scale = ScaleOf(config, width);
        var kind = KindOf(config, scale, latents);
        bool unit = config.Flag("sparsity_include_decoder_norm", true), bias = config.Flag("use_decoder_bias", true);
        bool centres = config.Flag("apply_decoder_bias_to_pre_encoder", true);
        config.Require("use_glu_encoder", "false", "a gated linear encoder is another autoencoder.");
        config.RequireAllRead();
        return SaeTensors.Read(SafetensorsFile.Open(Path.Combine(path, "checkpoints", "final.safetensors")), tensors =>
        {
            var weights = new SaeWeights(tensors.Matrix("encoder.weight", latents, width), tensors.Vector("encoder.bias", latents), tensors.Turned("decoder.weight", latents, width),
                bias ? tensors.Vector("decoder.bias", width) : Tensor.Zeros(new Shape(width)));
            return new SparseAutoencoder(unit ? tensors.WithUnitDecoder(weights) : weights, kind, tensors) { Normalisation = scale, CentresInput = centres && bias, Origin = origin };
        });
    }

    // What its own loader does: a TopK autoencoder with a threshold is used as JumpReLU.
    private static SaeKind KindOf(ConfigReader config, SaeNormalisation scale, int latents)
    {
        double threshold = config.Number("jump_relu_threshold", 0);
        int k = config.Int("top_k", 50);
        return config.Text("act_fn", "relu") switch
        {
            "relu" => new Relu(),
            "topk" when threshold == 0 => new TopK(k),
            "topk" or "jumprelu" when scale is FixedScale { Input: var factor } => new JumpRelu(Filled(latents, (float)(threshold * factor))),
            "topk" or "jumprelu" => throw config.Bad("norm_activation", "a threshold in the model's scale needs one factor for all rows"),
            _ => throw config.Bad("act_fn", "relu, jumprelu and topk are read"),
        };
    }

    private static Tensor Filled(int count, float value)
    {
        var filled = Tensor.Zeros(new Shape(count));
        filled.Values.Fill(value);
        return filled;
    }

    private static SaeNormalisation ScaleOf(ConfigReader config, int width)
    {
        string mode = config.Text("norm_activation", "token-wise");
        var norms = config.Object("dataset_average_activation_norm");
        double input = norms?.PositiveNumber("in") ?? 1, output = norms?.PositiveNumber("out", input) ?? 1;
        norms?.RequireAllRead();
        return mode switch
        {
            "dataset-wise" when norms is null => throw config.Bad("dataset_average_activation_norm", "the mean length of rows is needed, as rows are scaled by it"),
            "dataset-wise" => new FixedScale((float)(Math.Sqrt(width) / input), (float)(Math.Sqrt(width) / output)),
            "none" or "inference" => SaeNormalisation.None,
            "token-wise" => new RowLength(),
            _ => throw config.Bad("norm_activation", "dataset-wise, token-wise, none and inference are read; under batch-wise a row's latents depend on the other rows"),
        };
    }
}
