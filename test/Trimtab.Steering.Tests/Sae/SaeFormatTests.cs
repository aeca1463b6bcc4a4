using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Sae.SomeSae;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>Every reader on a small file made after its format's definition: what it computes, against the formulas, and what it says about its origin.</summary>
public sealed class SaeFormatTests
{
    private const float Tolerance = 1e-5f;

    [Fact]
    public void Gemma_scope_names_its_place_in_its_folders()
    {
        using var folder = new TemporaryFolder();
        string path = folder["gemma-scope-9b-it-res/layer_20/width_16k/average_l0_91"];
        GemmaScope(path);
        using var sae = SparseAutoencoder.Load(path);
        Expect(sae, Each(PreActivations(Rows, centred: false), (pre, j) => pre > Thresholds[j] ? Math.Max(pre, 0) : 0));
        Assert.Equal(("gemma-scope", "gemma-2-9b-it", HookPoint.ResidPost(20), 91), (sae.Origin.Format, sae.Origin.ModelName, sae.Origin.At, sae.Origin.L0));
    }

    [Theory]
    [InlineData("gemma-scope-2b-pt-mlp/layer_3/width_16k/average_l0_7", "blocks.3.mlp_out")]
    [InlineData("gemma-scope-2b-pt-att/layer_3/width_16k/average_l0_7", "blocks.3.attn_heads")]
    [InlineData("downloads/layer_3", null)]
    public void Gemma_scope_is_at_the_place_of_its_repository(string path, string? expected)
    {
        using var folder = new TemporaryFolder();
        GemmaScope(folder[path]);
        using var sae = SparseAutoencoder.Load(folder[path]);
        Assert.Equal(expected, sae.Origin.At?.ToString());
    }

    [Fact]
    public void Gemma_scope_of_embeddings_reads_them_without_their_factor()
    {
        using var folder = new TemporaryFolder();
        string path = folder["gemma-scope-2b-pt-res/embedding/width_4k/average_l0_6"];
        GemmaScope(path);
        using var sae = SparseAutoencoder.Load(path);
        double scale = 1 / Math.Sqrt(Width);
        Expect(sae, Each(PreActivations(Rows, centred: false, scale), (pre, j) => pre > Thresholds[j] ? Math.Max(pre, 0) : 0), scale);
        Assert.Equal(HookPoint.Embed, sae.Origin.At);
    }

    [Fact]
    public void Gemma_scope_2_may_be_a_transcoder_with_a_skip_connection()
    {
        using var folder = new TemporaryFolder();
        var skip = Numbers(20, 1, Width, Width);
        string config = """
            {"architecture": "jump_relu", "type": "transcoder", "width": 10, "l0": 20, "affine_connection": true, "model_name": "google/gemma-3-1b-pt",
             "hf_hook_point_in": "model.layers.5.pre_feedforward_layernorm.output", "hf_hook_point_out": "model.layers.5.post_feedforward_layernorm.output"}
            """;
        SaeFiles.Folder(folder.Root, "config.json", config, "params.safetensors", ("w_enc", Turned(EncoderRows)), ("b_enc", EncoderBias), ("w_dec", DecoderRows), ("b_dec", DecoderBias), ("threshold", Thresholds), ("affine_skip_connection", Turned(skip)));
        using var sae = SparseAutoencoder.Load(folder.Root);
        var latents = Each(PreActivations(Rows, centred: false), (pre, j) => pre > Thresholds[j] ? Math.Max(pre, 0) : 0);
        float[] expected = [.. Decoded(latents).Select((value, i) => value + Enumerable.Range(0, Width).Sum(d => Rows[i / Width, d] * skip[i % Width, d]))];
        Near.Equal(expected, sae.Reconstruct(Rows).Values, Tolerance, "reconstruction");
        Assert.Equal((null, new HookPoint(Site.MlpOut, 5), 20), (sae.Origin.At, sae.Origin.OutputAt, sae.Origin.L0));
    }

    [Fact]
    public void Llama_scope_scales_rows_and_its_threshold_and_has_unit_decoder_rows()
    {
        using var folder = new TemporaryFolder();
        LlamaScope(folder.Root, "jumprelu", threshold: 0.4);
        using var sae = SparseAutoencoder.Load(folder.Root);
        double scale = Math.Sqrt(Width) / 3.5;
        // In the model's scale and for a decoder row of length 1 a latent is n · pre / s: it is active above 0.4, and stays in the scale of training.
        double[] lengths = [.. Enumerable.Range(0, Latents).Select(LengthOf)];
        var latents = Each(PreActivations(Rows, centred: false, scale), (pre, j) => lengths[j] * pre / scale > 0.4 ? pre : 0);
        Assert.Contains(latents, row => row.Any(value => value > 0));
        Near.Equal(Flat(Each(latents, (value, j) => value * lengths[j])), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(latents, scale), sae.Reconstruct(Rows).Values, 2 * Tolerance, "reconstruction");
        Assert.Equal(HookPoint.ResidPost(15), sae.Origin.At);
        for (int latent = 0; latent < Latents; latent++)
            Assert.Equal(1 / scale, Math.Sqrt(sae.DecoderRow(latent).Values.ToArray().Sum(value => (double)value * value)), 1e-5);
    }

    [Fact]
    public void Llama_scope_s_topk_with_a_threshold_is_used_as_JumpReLU()
    {
        using var folder = new TemporaryFolder();
        LlamaScope(folder["a"], "topk", threshold: 0.4);
        LlamaScope(folder["b"], "topk", threshold: 0);
        using SparseAutoencoder withThreshold = SparseAutoencoder.Load(folder["a"]), without = SparseAutoencoder.Load(folder["b"]);
        Assert.IsType<JumpRelu>(withThreshold.Kind);
        Assert.Equal(new TopK(4), without.Kind);
    }

    [Fact]
    public void OpenMoss_scales_input_and_output_each_by_its_own_mean_length()
    {
        using var folder = new TemporaryFolder();
        string config = """
            {"sae_type": "sae", "d_model": 6, "expansion_factor": 1.67, "act_fn": "jumprelu", "norm_activation": "dataset-wise", "sparsity_include_decoder_norm": false, "use_decoder_bias": true, "top_k": 50,
             "use_glu_encoder": false, "jumprelu_threshold_window": 2.0, "hook_point_in": "blocks.2.hook_resid_mid", "hook_point_out": "blocks.2.hook_mlp_out", "use_triton_kernel": false}
            """;
        var logarithms = Tensor.From([.. Thresholds.Values.ToArray().Select(value => MathF.Log(MathF.Abs(value)))]);
        SaeFiles.Folder(folder.Root, "config.json", config, "sae_weights.safetensors", ("W_E", Turned(EncoderRows)), ("b_E", EncoderBias), ("W_D", DecoderRows), ("b_D", DecoderBias), ("activation_function.log_jumprelu_threshold", logarithms),
            ("dataset_average_activation_norm.blocks.2.hook_resid_mid", Number(5)), ("dataset_average_activation_norm.blocks.2.hook_mlp_out", Number(2)));
        using var sae = SparseAutoencoder.Load(folder.Root);
        double input = Math.Sqrt(Width) / 5, output = Math.Sqrt(Width) / 2;
        var latents = Each(PreActivations(Rows, centred: false, input), (pre, j) => pre > Math.Abs(Thresholds[j]) ? pre : 0);
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(latents, output), sae.Reconstruct(Rows).Values, Tolerance, "output");
        Assert.Equal((new HookPoint(Site.ResidMid, 2), new HookPoint(Site.MlpOut, 2)), (sae.Origin.At, sae.Origin.OutputAt));
    }

    [Fact]
    public void OpenMoss_without_a_mean_length_cannot_scale_its_rows()
    {
        using var folder = new TemporaryFolder();
        const string Config = """{"sae_type": "sae", "d_model": 6, "expansion_factor": 1.67, "norm_activation": "dataset-wise", "hook_point_in": "blocks.2.hook_resid_post", "hook_point_out": "blocks.2.hook_resid_post"}""";
        SaeFiles.Folder(folder.Root, "config.json", Config, "sae_weights.safetensors", ("W_E", Turned(EncoderRows)), ("b_E", EncoderBias), ("W_D", DecoderRows), ("b_D", DecoderBias),
            ("dataset_average_activation_norm.blocks.2.hook_resid_post", Number(0)));
        Assert.Contains("no mean length of rows", Refused(folder.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void OpenMoss_of_2025_has_the_names_of_torch_layers_and_chooses_by_what_latents_write()
    {
        using var folder = new TemporaryFolder();
        string config = """{"sae_type": "sae", "d_model": 6, "expansion_factor": 1.67, "act_fn": "topk", "top_k": 3, "norm_activation": "inference", "sparsity_include_decoder_norm": true, "hook_point_in": "blocks.2.hook_resid_post", "hook_point_out": "blocks.2.hook_resid_post"}""";
        SaeFiles.Folder(folder.Root, "config.json", config, "sae_weights.safetensors", ("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("decoder.weight", Turned(DecoderRows)), ("decoder.bias", DecoderBias));
        using var sae = SparseAutoencoder.Load(folder.Root);
        var chosen = Largest(Each(PreActivations(Rows, centred: false), (pre, j) => pre * LengthOf(j)), 3);
        Near.Equal(Flat(chosen), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(Each(chosen, (value, j) => value / LengthOf(j))), sae.Reconstruct(Rows).Values, Tolerance, "reconstruction");
    }

    [Fact]
    public void Sparsify_centres_its_input_whatever_normalize_decoder_says_and_counts_latents_by_the_factor()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, normalise) in new[] { ("layers.4", "true"), ("layers.5", "false") })
        {
            var (encoder, bias, decoder) = (Numbers(1, 1, 12, Width), Numbers(2, 1, 12), Numbers(3, 1, 12, Width));
            string config = $$"""{"activation": "topk", "expansion_factor": 2, "normalize_decoder": {{normalise}}, "num_latents": 0, "k": 4, "multi_topk": false, "skip_connection": false, "transcode": false, "d_in": 6}""";
            SaeFiles.Folder(folder[name], "cfg.json", config, "sae.safetensors", ("encoder.weight", encoder), ("encoder.bias", bias), ("W_dec", decoder), ("b_dec", DecoderBias));
            using var sae = SparseAutoencoder.Load(folder[name]);
            Assert.Equal((12, true), (sae.LatentCount, sae.CentresInput));
            Near.Identical(decoder.Row(7), sae.DecoderRow(7).Values, "a decoder row");
        }
    }

    [Fact]
    public void Sparsify_s_folders_name_the_place_and_the_run_names_the_model()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], """{"model": "EleutherAI/pythia-70m", "sae": {}}""");
        Sparsify(folder["layers.4"], "false", "false");
        Sparsify(folder["layers.4.mlp"], "true", "true", ("W_skip", Numbers(20, 1, Width, Width)));
        using SparseAutoencoder autoencoder = SparseAutoencoder.Load(folder["layers.4"]), transcoder = SparseAutoencoder.Load(folder["layers.4.mlp"]);
        Assert.Equal(("EleutherAI/pythia-70m", HookPoint.ResidPost(4), null), (autoencoder.Origin.ModelName, autoencoder.Origin.At, autoencoder.Origin.OutputHookName));
        Assert.Equal((null, new HookPoint(Site.MlpOut, 4), false), (transcoder.Origin.At, transcoder.Origin.OutputAt, transcoder.CentresInput));
        var latents = Largest(PreActivations(Rows, centred: false), 3);
        float[] expected = [.. Decoded(latents).Select((value, i) => value + Enumerable.Range(0, Width).Sum(d => Rows[i / Width, d] * transcoder.Weights.Skip![i % Width, d]))];
        Near.Equal(expected, transcoder.Reconstruct(Rows).Values, Tolerance, "reconstruction");
    }

    [Fact]
    public void Qwen_scope_keeps_negative_values_and_has_its_k_in_the_repository_s_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder["SAE-Res-Qwen3-8B-Base-W64K-L0_8/layer12.sae.pt"];
        SaeFiles.Torch(path, ("W_enc", EncoderRows), ("W_dec", Turned(DecoderRows)), ("b_enc", EncoderBias), ("b_dec", DecoderBias));
        using var sae = SparseAutoencoder.Load(path);
        var latents = Largest(PreActivations(Rows, centred: false), 8, rectified: false);
        Assert.Contains(latents, row => row.Any(value => value < 0));
        Expect(sae, latents);
        Assert.Equal(("Qwen3-8B-Base", HookPoint.ResidPost(12)), (sae.Origin.ModelName, sae.Origin.At));
        using var other = SparseAutoencoder.Load(path, new SaeLoadOptions { K = 2 });
        Assert.Equal(2, other.Kind.ExpectedL0);
    }

    [Fact]
    public void Qwen_scope_without_its_repository_s_name_asks_for_k()
    {
        using var folder = new TemporaryFolder();
        SaeFiles.Torch(folder["layer12.sae.pt"], ("W_enc", EncoderRows), ("W_dec", Turned(DecoderRows)), ("b_enc", EncoderBias), ("b_dec", DecoderBias));
        Assert.Contains("Give K", Refused(folder["layer12.sae.pt"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bfloat16_file_is_decoded_row_by_row()
    {
        using var folder = new TemporaryFolder();
        Sparsify(folder["f32"], "false", "false");
        Tensor encoder = Brain(EncoderRows), decoder = Brain(DecoderRows);
        SaeFiles.Folder(folder["bf16"], "cfg.json", File.ReadAllText(folder["f32/cfg.json"]), "sae.safetensors", ("encoder.weight", encoder), ("encoder.bias", EncoderBias), ("W_dec", decoder), ("b_dec", DecoderBias));
        SaeFiles.Folder(folder["rounded"], "cfg.json", File.ReadAllText(folder["f32/cfg.json"]), "sae.safetensors", ("encoder.weight", Rounded(EncoderRows)), ("encoder.bias", EncoderBias), ("W_dec", Rounded(DecoderRows)), ("b_dec", DecoderBias));
        using SparseAutoencoder brain = SparseAutoencoder.Load(folder["bf16"]), rounded = SparseAutoencoder.Load(folder["rounded"]);
        Near.Identical(rounded.Encode(Rows).Values, brain.Encode(Rows).Values, "latents");
        Near.Identical(rounded.Reconstruct(Rows).Values, brain.Reconstruct(Rows).Values, "reconstruction");
        Near.Identical(rounded.DecoderRow(3).Values, brain.DecoderRow(3).Values, "a decoder row");
    }

    [Fact]
    public void Tensors_that_are_unknown_or_missing_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Sparsify(folder["tensor"], "false", "false", ("W_extra", DecoderBias));
        Assert.Contains("W_extra", Refused(folder["tensor"]), StringComparison.Ordinal);
        Sparsify(folder["skip"], "false", "false", ("W_skip", Numbers(20, 1, Width, Width)));
        Assert.Contains("W_skip", Refused(folder["skip"]), StringComparison.Ordinal);
        Sparsify(folder["missing"], "true", "false");
        Assert.Contains("W_skip is missing", Refused(folder["missing"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"num_latents\": 10", "\"num_latents\": 11", "encoder.weight is [10, 6] F32", "[11, 6]")]
    [InlineData("\"k\": 3", "\"k\": 30", "sae.safetensors", "only 10 latents")]
    [InlineData("multi_topk", "multi_bottomk", "cfg.json", "multi_bottomk")]
    public void A_config_that_the_weights_contradict_or_that_is_not_known_is_refused_with_both(string right, string wrong, string first, string second)
    {
        using var folder = new TemporaryFolder();
        Sparsify(folder.Root, "false", "false");
        File.WriteAllText(folder["cfg.json"], File.ReadAllText(folder["cfg.json"]).Replace(right, wrong, StringComparison.Ordinal));
        string message = Refused(folder.Root);
        Assert.Contains(first, message, StringComparison.Ordinal);
        Assert.Contains(second, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_without_an_autoencoder_lists_what_is_known()
    {
        using var folder = new TemporaryFolder();
        string message = Refused(folder.Root);
        Assert.All(SaeFormats.All, format => Assert.Contains(format.Name, message, StringComparison.Ordinal));
        Assert.Throws<FileNotFoundException>(() => SparseAutoencoder.Load(folder["nothing"]));
    }

    [Fact]
    public void An_option_that_means_nothing_for_the_format_is_refused()
    {
        using var folder = new TemporaryFolder();
        Sparsify(folder.Root, "false", "false");
        Assert.Contains("K means nothing for sparsify", Refused(folder.Root, new SaeLoadOptions { K = 3 }), StringComparison.Ordinal);
        Assert.Contains("'sparsely' is not known", Refused(folder.Root, new SaeLoadOptions { Format = "sparsely" }), StringComparison.Ordinal);
        Assert.Contains("not of the format qwen-scope", Refused(folder.Root, new SaeLoadOptions { Format = "qwen-scope" }), StringComparison.Ordinal);
    }

    private static void Expect(SparseAutoencoder sae, double[][] latents, double scale = 1)
    {
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(latents, scale), sae.Reconstruct(Rows).Values, 2 * Tolerance, "reconstruction");
    }

    private static string Refused(string path, SaeLoadOptions? options = null) => Assert.Throws<ModelFormatException>(() => SparseAutoencoder.Load(path, options)).Message;

    private static double LengthOf(int latent) => Math.Sqrt(Enumerable.Range(0, Width).Sum(i => (double)DecoderRows[latent, i] * DecoderRows[latent, i]));

    private static Tensor Number(float value) => Tensor.From([value], 1).Reshape(new Shape());

    private static Tensor Rounded(Tensor values)
    {
        var rounded = values.Keep();
        foreach (ref float value in rounded.Values)
            value = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) & unchecked((int)0xFFFF0000));
        return rounded;
    }

    private static Tensor Brain(Tensor values)
    {
        var brain = Tensor.Zeros(values.Shape, DType.BF16);
        for (int row = 0; row < values.RowCount; row++)
            for (int column = 0; column < values.Columns; column++)
                BitConverter.GetBytes(values[row, column]).AsSpan(2).CopyTo(brain.RowBytes(row)[(2 * column)..]);
        return brain;
    }

    private static void GemmaScope(string path)
    {
        Directory.CreateDirectory(path);
        SaeFiles.Npz(Path.Combine(path, "params.npz"), ("W_enc", Turned(EncoderRows)), ("W_dec", DecoderRows), ("b_enc", EncoderBias), ("b_dec", DecoderBias), ("threshold", Thresholds));
    }

    private static void Sparsify(string path, string skips, string transcodes, params (string, Tensor)[] more) => SaeFiles.Folder(path, "cfg.json",
        $$"""{"activation": "topk", "expansion_factor": 32, "normalize_decoder": true, "num_latents": 10, "k": 3, "multi_topk": false, "skip_connection": {{skips}}, "transcode": {{transcodes}}, "d_in": 6}""",
        "sae.safetensors", [("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("W_dec", DecoderRows), ("b_dec", DecoderBias), .. more]);

    private static void LlamaScope(string path, string activation, double threshold) => SaeFiles.Folder(path, "hyperparams.json",
        FormattableString.Invariant($$"""
            {"device": "cuda:0", "seed": 42, "dtype": "torch.bfloat16", "hook_point_in": "blocks.15.hook_resid_post", "hook_point_out": "blocks.15.hook_resid_post", "use_decoder_bias": true,
             "apply_decoder_bias_to_pre_encoder": false, "expansion_factor": 8, "d_model": 6, "d_sae": 10, "bias_init_method": "all_zero", "act_fn": "{{activation}}", "jump_relu_threshold": {{threshold}},
             "norm_activation": "dataset-wise", "dataset_average_activation_norm": {"in": 3.5, "out": 3.5}, "decoder_exactly_fixed_norm": false, "sparsity_include_decoder_norm": true, "use_glu_encoder": false,
             "init_decoder_norm": 0.5, "init_encoder_norm": null, "init_encoder_with_decoder_transpose": true, "lp": 1, "l1_coefficient": 8e-05, "l1_coefficient_warmup_steps": 78125, "top_k": 4,
             "k_warmup_steps": 78125, "use_batch_norm_mse": true, "use_ghost_grads": false, "tp_size": 1, "ddp_size": 1}
            """),
        "checkpoints/final.safetensors", ("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("decoder.weight", Turned(DecoderRows)), ("decoder.bias", DecoderBias));
}
