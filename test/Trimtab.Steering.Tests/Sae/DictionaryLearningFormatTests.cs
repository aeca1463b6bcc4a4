using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Sae.SomeSae;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>dictionary_learning, whose classes name the same numbers differently.</summary>
public sealed class DictionaryLearningFormatTests : IDisposable
{
    private const float Tolerance = 1e-5f;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AutoEncoder_is_brought_to_unit_decoder_rows()
    {
        using var sae = Load("AutoEncoder", ("bias", DecoderBias), ("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("decoder.weight", Turned(DecoderRows)));
        double[] lengths = [.. Enumerable.Range(0, Latents).Select(j => Math.Sqrt(Enumerable.Range(0, Width).Sum(i => (double)DecoderRows[j, i] * DecoderRows[j, i])))];
        var latents = Each(PreActivations(Rows, centred: true), (pre, _) => Math.Max(pre, 0));
        Near.Equal(Flat(Each(latents, (value, j) => value * lengths[j])), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(latents), sae.Reconstruct(Rows).Values, Tolerance, "reconstruction");
    }

    [Fact]
    public void AutoEncoderNew_does_not_centre_its_input()
    {
        using var sae = Load("AutoEncoderNew", ("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("decoder.weight", Turned(DecoderRows)), ("decoder.bias", DecoderBias));
        Expect(sae, Each(PreActivations(Rows, centred: false), (pre, _) => Math.Max(pre, 0)));
    }

    [Fact]
    public void GatedAutoEncoder_has_a_gate_and_a_size()
    {
        Tensor scale = Numbers(7, 0.5f, Latents), size = Numbers(8, 0.5f, Latents);
        using var sae = Load("GatedAutoEncoder", ("decoder_bias", DecoderBias), ("encoder.weight", EncoderRows), ("gate_bias", EncoderBias), ("r_mag", scale), ("mag_bias", size), ("decoder.weight", Turned(DecoderRows)));
        Expect(sae, Each(PreActivations(Rows, centred: true), (pre, j) => pre > 0 ? Math.Max(Math.Exp(scale[j]) * (pre - EncoderBias[j]) + size[j], 0) : 0));
    }

    [Fact]
    public void AutoEncoderTopK_takes_the_largest_and_leaves_its_threshold_alone()
    {
        using var sae = Load("AutoEncoderTopK", [.. Layers, ("k", 3), ("threshold", 5f)]);
        Expect(sae, Largest(PreActivations(Rows, centred: true), 3));
    }

    [Fact]
    public void BatchTopKSAE_is_used_with_its_threshold()
    {
        using var sae = Load("BatchTopKSAE", [.. Layers, ("k", 3), ("threshold", 0.8f)]);
        Expect(sae, Each(PreActivations(Rows, centred: true), (pre, _) => pre > 0.8f ? pre : 0));
        Assert.Equal(3, sae.Kind.ExpectedL0);
    }

    [Fact]
    public void BatchTopKSAE_without_a_threshold_is_refused() =>
        Assert.Contains("had not estimated", Assert.Throws<ModelFormatException>(() => Load("BatchTopKSAE", [.. Layers, ("k", 3), ("threshold", -1f)])).Message, StringComparison.Ordinal);

    [Fact]
    public void JumpReluAutoEncoder_does_not_centre_its_input()
    {
        using var sae = Load("JumpReluAutoEncoder", [.. Parameters, ("threshold", Thresholds)]);
        Expect(sae, Each(PreActivations(Rows, centred: false), (pre, j) => pre > Thresholds[j] ? Math.Max(pre, 0) : 0));
    }

    [Fact]
    public void MatryoshkaBatchTopKSAE_keeps_its_groups()
    {
        using var sae = Load("MatryoshkaBatchTopKSAE", [.. Parameters, ("k", 3), ("threshold", 0.8f), ("group_sizes", new long[] { 2, 3, 5 })]);
        Expect(sae, Each(PreActivations(Rows, centred: true), (pre, _) => pre > 0.8f ? pre : 0));
        Assert.Equal([2, 3, 5], Assert.IsType<Matryoshka>(sae.Kind).GroupSizes);
    }

    [Fact]
    public void The_trainer_s_settings_are_the_origin()
    {
        using var sae = Load("AutoEncoderTopK", [.. Layers, ("k", 3), ("threshold", 5f)]);
        Assert.Equal(("EleutherAI/pythia-70m", HookPoint.ResidPost(3), 128), (sae.Origin.ModelName, sae.Origin.At, sae.Origin.ContextSize));
    }

    [Fact]
    public void Two_different_k_are_refused() =>
        Assert.Contains("the state has 4", Assert.Throws<ModelFormatException>(() => Load("AutoEncoderTopK", [.. Layers, ("k", 4), ("threshold", 5f)])).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_class_is_refused_with_those_that_are_read()
    {
        string message = Assert.Throws<ModelFormatException>(() => Load("IdentityDict", [.. Layers])).Message;
        Assert.Contains("\"IdentityDict\"", message, StringComparison.Ordinal);
        Assert.Contains("BatchTopKSAE", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_setting_is_refused_by_name() =>
        Assert.Contains("trainer.sparkle", Assert.Throws<ModelFormatException>(() => Load("AutoEncoderTopK", """, "sparkle": 1""", [.. Layers, ("k", 3)])).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private static (string, TorchData)[] Layers => [("encoder.weight", EncoderRows), ("encoder.bias", EncoderBias), ("decoder.weight", Turned(DecoderRows)), ("b_dec", DecoderBias)];

    private static (string, TorchData)[] Parameters => [("W_enc", Turned(EncoderRows)), ("b_enc", EncoderBias), ("W_dec", DecoderRows), ("b_dec", DecoderBias)];

    private static void Expect(SparseAutoencoder sae, double[][] latents)
    {
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Tolerance, "latents");
        Near.Equal(Decoded(latents), sae.Reconstruct(Rows).Values, Tolerance, "reconstruction");
    }

    private SparseAutoencoder Load(string dictionary, params (string, TorchData)[] state) => Load(dictionary, "", state);

    private SparseAutoencoder Load(string dictionary, string more, params (string, TorchData)[] state)
    {
        string k = dictionary.Contains("TopK", StringComparison.Ordinal) ? ", \"k\": 3" : "";
        File.WriteAllText(_folder["config.json"], $$"""
            {"trainer": {"trainer_class": "Trainer", "dict_class": "{{dictionary}}", "lr": 0.0001, "steps": 1000, "seed": 0, "activation_dim": 6, "dict_size": 10, "device": "cuda:0", "layer": 3, "lm_name": "EleutherAI/pythia-70m",
             "wandb_name": "x", "submodule_name": "resid_post_layer_3"{{k}}{{more}} }, "buffer": {"d_submodule": 6, "io": "out", "ctx_len": 128} }
            """);
        SaeFiles.Torch(_folder["ae.pt"], state);
        return SparseAutoencoder.Load(_folder.Root);
    }
}
