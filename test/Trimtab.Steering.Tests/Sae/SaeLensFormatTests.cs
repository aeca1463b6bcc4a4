using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Sae.SomeSae;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>SAELens, whose files come in many architectures, two generations and three normalisations.</summary>
public sealed class SaeLensFormatTests : IDisposable
{
    private const float Tolerance = 1e-5f;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_metadata_is_the_origin()
    {
        using var sae = Load("standard", """{"metadata": {"sae_lens_version": "6.18.0", "model_name": "gpt2-small", "hook_name": "blocks.8.hook_resid_pre", "prepend_bos": true, "context_size": 128, "anything": [1]}}""");
        Assert.Equal(new SaeOrigin
        {
            Format = "saelens", File = _folder.Root, ModelName = "gpt2-small", HookName = "blocks.8.hook_resid_pre", At = new HookPoint(Site.ResidPre, 8), PrependsBos = true, ContextSize = 128,
        }, sae.Origin);
    }

    [Fact]
    public void A_flat_file_of_before_version_6_reads_the_same()
    {
        using var sae = Load("standard", """
            {"hook_point": "blocks.8.hook_resid_pre", "hook_point_layer": 8, "hook_point_head_index": null, "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 4}, "model_name": "gpt2-small", "context_size": 128,
             "prepend_bos": true, "dataset_path": "a/b", "dataset_trust_remote_code": true, "finetuning_scaling_factor": false, "normalize_activations": false, "seqpos_slice": [null], "sae_lens_training_version": "3.1.0",
             "neuronpedia_id": null, "model_from_pretrained_kwargs": {"center_writing_weights": true}, "l1_coefficient": 5}
            """);
        Assert.Equal(new TopK(4), sae.Kind);
        Assert.Equal((new HookPoint(Site.ResidPre, 8), true), (sae.Origin.At, sae.CentresInput));
        Near.Equal(Flat(Largest(PreActivations(Rows, centred: true), 4)), sae.Encode(Rows).Values, Tolerance, "latents");
    }

    [Theory]
    [InlineData("batchtopk")]
    [InlineData("matryoshka_batchtopk")]
    public void A_checkpoint_of_training_has_one_threshold(string architecture)
    {
        using var sae = Load(architecture, """{"k": 3, "matryoshka_widths": [4], "topk_threshold_lr": 0.01}""", [("topk_threshold", Tensor.From([0.6f], 1).Reshape(new Shape()))]);
        var matryoshka = Assert.IsType<Matryoshka>(sae.Kind);
        Assert.Equal(new BatchTopK(3, 0.6f), matryoshka.Inner);
        Assert.Equal([4, 6], matryoshka.GroupSizes);
        Near.Equal(Flat(Each(PreActivations(Rows, centred: true), (pre, _) => pre > 0.6f ? pre : 0)), sae.Encode(Rows).Values, Tolerance, "latents");
    }

    [Fact]
    public void Thresholds_of_training_are_logarithms()
    {
        var logarithms = Tensor.From([.. Thresholds.Values.ToArray().Select(value => MathF.Log(MathF.Abs(value)))]);
        using var sae = Load("jumprelu", "{}", [("log_threshold", logarithms)]);
        Near.Equal(Flat(Each(PreActivations(Rows, centred: true), (pre, j) => pre > Math.Abs(Thresholds[j]) ? pre : 0)), sae.Encode(Rows).Values, Tolerance, "latents");
    }

    [Fact]
    public void Latents_rescaled_by_what_they_write_choose_by_it_and_write_the_same()
    {
        using var sae = Load("topk", """{"k": 3, "rescale_acts_by_decoder_norm": true}""");
        double[] lengths = [.. Enumerable.Range(0, Latents).Select(j => Math.Sqrt(Enumerable.Range(0, Width).Sum(i => (double)DecoderRows[j, i] * DecoderRows[j, i])))];
        var latents = Largest(Each(PreActivations(Rows, centred: true), (pre, j) => pre * lengths[j]), 3);
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(Each(latents, (value, j) => value / lengths[j])), sae.Reconstruct(Rows).Values, Tolerance, "reconstruction");
    }

    [Theory]
    [InlineData("transcoder", false, false)]
    [InlineData("skip_transcoder", false, true)]
    [InlineData("jumprelu_transcoder", true, false)]
    [InlineData("jumprelu_skip_transcoder", true, true)]
    public void Transcoders_write_another_width_and_never_centre(string architecture, bool jumps, bool skips)
    {
        Tensor decoder = Numbers(30, 1, Latents, 4), bias = Numbers(31, 1, 4), skip = Numbers(32, 1, 4, Width);
        (string, Tensor)[] tensors = [("W_enc", Turned(EncoderRows)), ("b_enc", EncoderBias), ("W_dec", decoder), ("b_dec", bias)];
        if (jumps)
            tensors = [.. tensors, ("threshold", Thresholds)];
        if (skips)
            tensors = [.. tensors, ("W_skip", skip)];
        Write(architecture, """{"d_out": 4, "apply_b_dec_to_input": false, "metadata": {"hook_name": "blocks.3.hook_resid_mid", "hook_name_out": "blocks.3.hook_mlp_out"}}""", tensors);
        using var sae = SparseAutoencoder.Load(_folder.Root);
        var latents = Each(PreActivations(Rows, centred: false), (pre, j) => pre > (jumps ? Thresholds[j] : 0) ? Math.Max(pre, 0) : 0);
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
        var output = sae.Reconstruct(Rows);
        for (int t = 0; t < RowCount; t++)
            for (int o = 0; o < 4; o++)
            {
                double expected = bias[o] + Enumerable.Range(0, Latents).Sum(j => latents[t][j] * decoder[j, o]) + (skips ? Enumerable.Range(0, Width).Sum(i => Rows[t, i] * skip[o, i]) : 0);
                Assert.Equal(expected, output[t, o], Tolerance);
            }
        Assert.Equal((new HookPoint(Site.ResidMid, 3), new HookPoint(Site.MlpOut, 3)), (sae.Origin.At, sae.Origin.OutputAt));
    }

    [Fact]
    public void A_scale_of_training_lies_beside_the_weights_or_is_given()
    {
        const string Scaled = """{"normalize_activations": "expected_average_only_in"}""";
        Assert.Contains("Give InputScale", Assert.Throws<ModelFormatException>(() => Load("standard", Scaled)).Message, StringComparison.Ordinal);
        using (var given = Load("standard", Scaled, options: new SaeLoadOptions { InputScale = 0.4f }))
            ExpectScaled(given);
        File.WriteAllText(_folder["activation_scaler.json"], """{"scaling_factor": 0.4}""");
        using var beside = Load("standard", Scaled);
        ExpectScaled(beside);

        static void ExpectScaled(SparseAutoencoder sae)
        {
            var latents = Each(PreActivations(Rows, centred: true, scale: 0.4f), (pre, _) => Math.Max(pre, 0));
            Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
            Near.Equal(Decoded(latents, scale: 0.4f), sae.Reconstruct(Rows).Values, 3 * Tolerance, "reconstruction");
        }
    }

    [Theory]
    [InlineData("constant_norm_rescale")]
    [InlineData("layer_norm")]
    public void Rows_are_normalised_as_the_file_says_and_transcoders_do_not_undo_it(string mode)
    {
        using (var sae = Load("standard", $$"""{"normalize_activations": "{{mode}}"}"""))
            Assert.Equal(mode == "layer_norm" ? new RowSpread() : new RowLength(), sae.Normalisation);
        using var transcoder = Load("transcoder", $$"""{"normalize_activations": "{{mode}}", "d_out": 6}""");
        Assert.Equal(mode == "layer_norm" ? new RowSpread(Undone: false) : new RowLength(Undone: false), transcoder.Normalisation);
        Assert.True(transcoder.IsTranscoder);
    }

    [Theory]
    [InlineData("standard", """{"normalize_activations": "batch_norm"}""", "batch_norm")]
    [InlineData("temporal", "{}", "temporal")]
    [InlineData("standard", """{"activation_fn": "tanh-relu"}""", "tanh-relu")]
    [InlineData("standard", """{"metadata": {"hook_head_index": 3}}""", "hook_head_index")]
    [InlineData("standard", """{"sparkle": 3}""", "sparkle")]
    [InlineData("jumprelu", "{}", "threshold is missing")]
    [InlineData("transcoder", """{"d_out": 6, "apply_b_dec_to_input": true}""", "apply_b_dec_to_input")]
    public void What_is_not_understood_is_refused_by_name(string architecture, string config, string named) =>
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => Load(architecture, config)).Message, StringComparison.Ordinal);

    [Fact]
    public void Scaling_factors_of_one_are_ignored_and_others_refused()
    {
        var ones = Tensor.Zeros(new Shape(Latents));
        ones.Values.Fill(1);
        Load("standard", "{}", [("scaling_factor", ones)]).Dispose();
        ones.Values[4] = 1.5f;
        Assert.Contains("1.5", Assert.Throws<ModelFormatException>(() => Load("standard", "{}", [("scaling_factor", ones)])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private SparseAutoencoder Load(string architecture, string config, (string, Tensor)[]? more = null, SaeLoadOptions? options = null)
    {
        Write(architecture, config, [("W_enc", Turned(EncoderRows)), ("b_enc", EncoderBias), ("W_dec", DecoderRows), ("b_dec", DecoderBias), .. more ?? []]);
        return SparseAutoencoder.Load(_folder.Root, options);
    }

    private void Write(string architecture, string config, (string, Tensor)[] tensors)
    {
        var json = JsonNode.Parse(config)!.AsObject();
        json["architecture"] = architecture;
        json["d_in"] = Width;
        json["d_sae"] = Latents;
        json["dtype"] = "float32";
        json["device"] = "cpu";
        SaeFiles.Folder(_folder.Root, "cfg.json", json.ToJsonString(), "sae_weights.safetensors", tensors);
    }
}
