using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Sae.SomeSae;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>What is written computes the same when it is read again, or is refused.</summary>
public sealed class SaeWritingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("saelens")]
    [InlineData("sparsify")]
    public void A_topk_autoencoder_comes_back_bit_for_bit(string format)
    {
        using var sae = new SparseAutoencoder(Weights, new TopK(3)) { CentresInput = true };
        using var read = Written(sae, format);
        Assert.Equal(new TopK(3), read.Kind);
        Near.Identical(sae.Encode(Rows).Values, read.Encode(Rows).Values, "latents");
        Near.Identical(sae.Reconstruct(Rows).Values, read.Reconstruct(Rows).Values, "reconstruction");
    }

    [Fact]
    public void The_origin_comes_back_from_saelens()
    {
        var origin = new SaeOrigin { ModelName = "pip", HookName = "layers.2", At = HookPoint.ResidPost(2), PrependsBos = false, ContextSize = 77 };
        using var sae = new SparseAutoencoder(Weights, new Relu()) { Origin = origin };
        using var read = Written(sae, "saelens");
        Assert.Equal(origin with { Format = "saelens", File = _folder["written"], HookName = "blocks.2.hook_resid_post" }, read.Origin);
    }

    [Fact]
    public void BatchTopK_is_written_as_one_threshold_for_all_latents_and_Matryoshka_as_its_inner_kind()
    {
        using var sae = new SparseAutoencoder(Weights, new Matryoshka(new BatchTopK(3, 0.7f), [4, 6]));
        using var read = Written(sae, "saelens");
        Assert.All(Assert.IsType<JumpRelu>(read.Kind).Thresholds.Values.ToArray(), threshold => Assert.Equal(0.7f, threshold));
        Near.Identical(sae.Encode(Rows).Values, read.Encode(Rows).Values, "latents");
        Assert.Contains("\"group_sizes\":[4,6]", File.ReadAllText(_folder["written/cfg.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("saelens", true)]
    [InlineData("saelens", false)]
    [InlineData("sparsify", true)]
    [InlineData("sparsify", false)]
    public void A_fixed_scale_is_folded_into_the_weights(string format, bool centred)
    {
        using var sae = new SparseAutoencoder(Weights, new TopK(3)) { CentresInput = centred, Normalisation = new FixedScale(0.4f, 0.4f) };
        using var read = Written(sae, format);
        Assert.Equal(SaeNormalisation.None, read.Normalisation);
        Near.Equal(sae.Encode(Rows), read.Encode(Rows), 1e-5f, "latents");
        Near.Equal(sae.Reconstruct(Rows), read.Reconstruct(Rows), 1e-5f, "reconstruction");
    }

    [Fact]
    public void Normalisations_that_saelens_names_are_named()
    {
        foreach (SaeNormalisation normalisation in (SaeNormalisation[])[new RowLength(), new RowSpread()])
        {
            using var sae = new SparseAutoencoder(Weights, new JumpRelu(Thresholds)) { CentresInput = true, Normalisation = normalisation };
            using var read = Written(sae, "saelens");
            Assert.Equal(normalisation, read.Normalisation);
            Near.Identical(sae.Reconstruct(Rows).Values, read.Reconstruct(Rows).Values, "reconstruction");
        }
    }

    [Fact]
    public void A_skip_transcoder_comes_back_from_both()
    {
        var weights = Weights with { Skip = Numbers(20, 1, Width, Width) };
        var origin = new SaeOrigin { HookName = "layers.2.mlp input", OutputHookName = "layers.2.mlp output", OutputAt = new HookPoint(Site.MlpOut, 2) };
        using var jumping = new SparseAutoencoder(weights, new JumpRelu(Thresholds)) { Origin = origin };
        using var sparse = new SparseAutoencoder(weights, new TopK(3)) { Origin = origin };
        using SparseAutoencoder lens = Written(jumping, "saelens"), sparsify = Written(sparse, "sparsify", "layers.2.mlp");
        Near.Identical(jumping.Reconstruct(Rows).Values, lens.Reconstruct(Rows).Values, "SAELens");
        Near.Identical(sparse.Reconstruct(Rows).Values, sparsify.Reconstruct(Rows).Values, "sparsify");
        Assert.Equal(new HookPoint(Site.MlpOut, 2), lens.Origin.OutputAt);
        Assert.Equal((new HookPoint(Site.MlpOut, 2), false), (sparsify.Origin.OutputAt, sparsify.CentresInput));
    }

    [Fact]
    public void What_a_format_cannot_hold_is_refused()
    {
        Refused("sparsify", "jumprelu", new SparseAutoencoder(Weights, new JumpRelu(Thresholds)));
        Refused("sparsify", "negative values", new SparseAutoencoder(Weights, new TopK(3, Rectified: false)));
        Refused("sparsify", "depends on the row", new SparseAutoencoder(Weights, new TopK(3)) { Normalisation = new RowLength() });
        Refused("sparsify", "rows of 4", new SparseAutoencoder(new SaeWeights(EncoderRows, EncoderBias, Numbers(1, 1, Latents, 4), Numbers(2, 1, 4)), new TopK(3)));
        Refused("saelens", "negative values", new SparseAutoencoder(Weights, new TopK(3, Rectified: false)));
        Refused("saelens", "a transcoder of the kind topk", new SparseAutoencoder(new SaeWeights(EncoderRows, EncoderBias, Numbers(1, 1, Latents, 4), Numbers(2, 1, 4)), new TopK(3)));
        Refused("saelens", "this normalisation", new SparseAutoencoder(Weights, new Relu()) { Normalisation = new RowLength(Undone: false) });
        Refused("gemma-scope", "can be read but not written", new SparseAutoencoder(Weights, new JumpRelu(Thresholds)));
    }

    public void Dispose() => _folder.Dispose();

    private SparseAutoencoder Written(SparseAutoencoder sae, string format, string name = "written")
    {
        sae.Save(_folder[name], format);
        return SparseAutoencoder.Load(_folder[name]);
    }

    private void Refused(string format, string named, SparseAutoencoder sae)
    {
        using (sae)
            Assert.Contains(named, Assert.Throws<ModelFormatException>(() => sae.Save(_folder["refused"], format)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["refused"]));
    }
}
