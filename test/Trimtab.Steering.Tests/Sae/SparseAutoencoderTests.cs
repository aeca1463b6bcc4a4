using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Sae.SomeSae;

namespace Trimtab.Steering.Tests.Sae;

public sealed class SparseAutoencoderTests
{
    private const float Rounding = 2e-6f;

    private static Dictionary<string, SaeKind> Kinds { get; } = new()
    {
        ["relu"] = new Relu(),
        ["topk"] = new TopK(3),
        ["topk negative"] = new TopK(8, Rectified: false),
        ["batchtopk"] = new BatchTopK(3, 0.7f),
        ["jumprelu"] = new JumpRelu(Thresholds),
        ["gated"] = new Gated(EncoderBias, Numbers(7, 0.5f, Latents), Numbers(8, 0.5f, Latents)),
        ["matryoshka"] = new Matryoshka(new BatchTopK(3, 0.7f), [4, 6]),
    };

    public static TheoryNames KindNames { get; } = new(Kinds.Keys);

    [Theory]
    [MemberData(nameof(KindNames))]
    public void A_row_alone_has_the_bits_that_it_has_in_a_batch(string kind)
    {
        using var sae = new SparseAutoencoder(Weights, Kinds[kind]) { CentresInput = true, Normalisation = new RowSpread() };
        Tensor latents = sae.Encode(Rows), reconstruction = sae.Reconstruct(Rows), pre = sae.PreActivations(Rows);
        for (int row = 0; row < RowCount; row++)
        {
            var alone = Rows.Slice(row, 1);
            Near.Identical(pre.Row(row), sae.PreActivations(alone).Values, $"pre-activations of row {row}");
            Near.Identical(latents.Row(row), sae.Encode(alone).Values, $"latents of row {row}");
            Near.Identical(reconstruction.Row(row), sae.Reconstruct(alone).Values, $"reconstruction of row {row}");
        }
    }

    [Theory]
    [MemberData(nameof(KindNames))]
    public void Latents_and_reconstruction_follow_the_formula(string name)
    {
        var kind = Kinds[name];
        using var sae = new SparseAutoencoder(Weights, kind) { CentresInput = true };
        var pre = PreActivations(Rows, centred: true);
        double[][] expected = kind switch
        {
            TopK topK => Largest(pre, topK.K, topK.Rectified),
            JumpRelu => Each(pre, (value, j) => value > Thresholds[j] ? Math.Max(value, 0) : 0),
            Gated gated => Each(pre, (value, j) => value > 0 ? Math.Max(Math.Exp(gated.LogScale[j]) * (value - EncoderBias[j]) + gated.MagnitudeBias[j], 0) : 0),
            Relu => Each(pre, (value, _) => Math.Max(value, 0)),
            _ => Each(pre, (value, _) => value > 0.7f ? value : 0),
        };
        Near.Equal(Flat(expected), sae.Encode(Rows).Values, Rounding, "latents");
        Near.Equal(Decoded(expected), sae.Reconstruct(Rows).Values, 4 * Rounding, "reconstruction");
    }

    [Theory]
    [MemberData(nameof(KindNames))]
    public void Sparse_and_dense_latents_are_the_same_and_write_the_same(string kind)
    {
        using var sae = new SparseAutoencoder(Weights, Kinds[kind]);
        var (dense, sparse) = (sae.Encode(Rows), sae.EncodeSparse(Rows));
        Near.Identical(dense.Values, sparse.ToDense().Values, "latents");
        Assert.Equal(dense.Values.ToArray().Count(value => value != 0), sparse.ActiveCount);
        Assert.InRange(sparse.ActiveCount, 1, RowCount * Latents - 1);
        Near.Identical(sae.Decode(dense).Values, sae.Decode(sparse).Values, "what they write");
        for (int latent = 0; latent < Latents; latent++)
            Assert.Equal(dense[2, latent], sparse.ValueOf(2, latent));
    }

    [Fact]
    public void Rows_of_a_long_text_go_through_in_pieces_with_the_same_bits()
    {
        // 6000 rows of 3000 latents are more than one piece of 2²⁴ values.
        using var sae = new SparseAutoencoder(new SaeWeights(Numbers(1, 1, 3000, 4), Numbers(2, 1, 3000), Numbers(3, 1, 3000, 4), Numbers(4, 1, 4)), new TopK(5));
        var rows = Numbers(5, 1, 6000, 4);
        var latents = sae.EncodeSparse(rows);
        foreach (int row in (int[])[0, 5591, 5592, 5999])
        {
            var alone = sae.EncodeSparse(rows.Slice(row, 1));
            Assert.Equal(alone.Indices(0).ToArray(), latents.Indices(row).ToArray());
            Near.Identical(alone.Values(0), latents.Values(row), $"row {row}");
        }
    }

    [Fact]
    public void Of_equal_pre_activations_the_lower_latents_stay()
    {
        using var sae = new SparseAutoencoder(Weights with { Encoder = Tensor.Zeros(new Shape(Latents, Width)), EncoderBias = Tensor.From([1, 2, 2, 1, 1, 1, 0, 2, 1, 1]) }, new TopK(5));
        Assert.Equal([0, 1, 2, 3, 7], sae.EncodeSparse(Rows).Indices(0).ToArray());
    }

    [Fact]
    public void A_topk_latent_that_is_not_positive_is_not_active_unless_negative_values_are_kept()
    {
        var weights = Weights with { Encoder = Tensor.Zeros(new Shape(Latents, Width)), EncoderBias = Tensor.From([-1, -2, 3, -4, -5, -6, 0, -8, -9, -10]) };
        using var rectified = new SparseAutoencoder(weights, new TopK(4));
        using var raw = new SparseAutoencoder(weights, new TopK(4, Rectified: false));
        Assert.Equal([2], rectified.EncodeSparse(Rows).Indices(0).ToArray());
        // Latent 6 is among the four largest, with the value 0.
        Assert.Equal([0, 1, 2], raw.EncodeSparse(Rows).Indices(0).ToArray());
        Assert.Equal([-1, -2, 3], raw.EncodeSparse(Rows).Values(0).ToArray());
    }

    [Fact]
    public void A_pre_activation_equal_to_its_threshold_is_not_active()
    {
        var weights = Weights with { Encoder = Tensor.Zeros(new Shape(Latents, Width)), EncoderBias = Tensor.From([0.5f, 0.5f, 0.5f, 0, 0, 0, 0, 0, 0, 0]) };
        using var sae = new SparseAutoencoder(weights, new JumpRelu(Tensor.From([0.5f, 0.4999f, 0.6f, -1, 0, 0, 0, 0, 0, 0])));
        Assert.Equal([1], sae.EncodeSparse(Rows).Indices(0).ToArray());
        using var batch = new SparseAutoencoder(weights, new BatchTopK(3, 0.5f));
        Assert.Equal(0, batch.EncodeSparse(Rows).ActiveCount);
    }

    [Fact]
    public void One_latent_s_pre_activation_takes_one_dot_product_of_the_model_s_rows()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { CentresInput = true, Normalisation = new FixedScale(1.7f, 1.7f) };
        var expected = PreActivations(Rows, centred: true, scale: 1.7);
        for (int latent = 0; latent < Latents; latent++)
        {
            var column = sae.EncoderColumn(latent);
            var alone = sae.PreActivations(Rows, latent);
            for (int row = 0; row < RowCount; row++)
            {
                double product = Enumerable.Range(0, Width).Sum(i => (double)Rows[row, i] * column[i]) + sae.EncoderBias(latent);
                Assert.Equal(expected[row][latent], product, 1e-5);
                Assert.Equal(expected[row][latent], alone[row], 1e-5);
            }
        }
    }

    [Fact]
    public void A_decoder_row_is_what_one_unit_of_its_latent_writes()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { Normalisation = new FixedScale(1.7f, 0.4f) };
        var unit = Tensor.Zeros(new Shape(1, Latents));
        unit.Row(0)[7] = 1;
        Tensor written = sae.Decode(unit), nothing = sae.Decode(Tensor.Zeros(new Shape(1, Latents)));
        Near.Identical(nothing.Values, sae.DecoderBias.Values, "what no latent writes");
        for (int i = 0; i < Width; i++)
            Assert.Equal(written[0, i] - nothing[0, i], sae.DecoderRow(7)[i], 1e-5f);
        Assert.Equal(DecoderRows[7, 3] / 0.4f, sae.DecoderRow(7)[3], 1e-5f);
    }

    [Fact]
    public void A_fixed_scale_multiplies_the_input_and_divides_the_output()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { CentresInput = true, Normalisation = new FixedScale(0.3f, 0.6f) };
        var latents = Each(PreActivations(Rows, centred: true, scale: 0.3f), (value, _) => Math.Max(value, 0));
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, Rounding, "latents");
        Near.Equal(Decoded(latents, scale: 0.6f), sae.Reconstruct(Rows).Values, 1e-5f, "reconstruction");
    }

    [Fact]
    public void Rows_normalised_to_one_length_lose_their_own_and_get_it_back()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { CentresInput = true, Normalisation = new RowLength() };
        var scaled = Tensor.Zeros(Rows.Shape);
        double[] factors = [.. Enumerable.Range(0, RowCount).Select(t => Math.Sqrt(Width / Enumerable.Range(0, Width).Sum(i => (double)Rows[t, i] * Rows[t, i])))];
        for (int t = 0; t < RowCount; t++)
            for (int i = 0; i < Width; i++)
                scaled.Row(t)[i] = (float)(Rows[t, i] * factors[t]);
        var latents = Each(PreActivations(scaled, centred: true), (value, _) => Math.Max(value, 0));
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, 1e-5f, "latents");
        float[] expected = [.. Decoded(latents).Select((value, i) => (float)(value / factors[i / Width]))];
        Near.Equal(expected, sae.Reconstruct(Rows).Values, 1e-5f, "reconstruction");
    }

    [Fact]
    public void Rows_normalised_to_one_spread_lose_mean_and_deviation_and_get_them_back()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { Normalisation = new RowSpread() };
        var scaled = Tensor.Zeros(Rows.Shape);
        var moments = new (double Mean, double Deviation)[RowCount];
        for (int t = 0; t < RowCount; t++)
        {
            double mean = Rows.Row(t).ToArray().Average(value => (double)value);
            double deviation = Math.Sqrt(Rows.Row(t).ToArray().Sum(value => (value - mean) * (value - mean)) / (Width - 1));
            moments[t] = (mean, deviation);
            for (int i = 0; i < Width; i++)
                scaled.Row(t)[i] = (float)((Rows[t, i] - mean) / (deviation + 1e-5));
        }
        var latents = Each(PreActivations(scaled, centred: false), (value, _) => Math.Max(value, 0));
        Near.Equal(Flat(latents), sae.Encode(Rows).Values, 1e-5f, "latents");
        float[] expected = [.. Decoded(latents).Select((value, i) => (float)(value * moments[i / Width].Deviation + moments[i / Width].Mean))];
        Near.Equal(expected, sae.Reconstruct(Rows).Values, 1e-5f, "reconstruction");
        using var transcoder = new SparseAutoencoder(Weights, new Relu()) { Normalisation = new RowSpread(Undone: false) };
        Near.Equal(Decoded(latents), transcoder.Reconstruct(Rows).Values, 1e-5f, "a transcoder's output");
    }

    [Fact]
    public void A_skip_connection_adds_the_rows_as_they_came()
    {
        var skip = Numbers(9, 1, 3, Width);
        var weights = new SaeWeights(EncoderRows, EncoderBias, Numbers(10, 1, Latents, 3), Numbers(11, 1, 3));
        using var without = new SparseAutoencoder(weights, new Relu());
        using var with = new SparseAutoencoder(weights with { Skip = skip }, new Relu());
        Tensor plain = without.Reconstruct(Rows), skipped = with.Reconstruct(Rows);
        for (int t = 0; t < RowCount; t++)
            for (int o = 0; o < 3; o++)
                Assert.Equal(plain[t, o] + Enumerable.Range(0, Width).Sum(i => Rows[t, i] * skip[o, i]), skipped[t, o], 1e-5f);
    }

    [Theory]
    [MemberData(nameof(KindNames))]
    public void A_row_that_is_no_number_does_not_come_out_clean(string kind)
    {
        using var sae = new SparseAutoencoder(Weights, Kinds[kind]);
        var rows = Rows.Keep();
        rows.Row(1)[2] = float.NaN;
        var reconstruction = sae.Reconstruct(rows);
        Assert.All(reconstruction.Row(1).ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(reconstruction.Row(0).ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Matryoshka_keeps_its_groups_and_computes_as_its_inner_kind()
    {
        var kind = (Matryoshka)Kinds["matryoshka"];
        using SparseAutoencoder outer = new(Weights, kind), inner = new(Weights, kind.Inner);
        Near.Identical(inner.Encode(Rows).Values, outer.Encode(Rows).Values, "latents");
        Assert.Equal(3, outer.Kind.ExpectedL0);
        Assert.Equal([4, 6], ((Matryoshka)outer.Kind).GroupSizes);
    }

    [Fact]
    public void Rows_of_another_width_are_refused_with_both_sizes()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu());
        string message = Assert.Throws<TensorException>(() => sae.Encode(Numbers(1, 1, 2, 7))).Message;
        Assert.Contains("[2, 7]", message, StringComparison.Ordinal);
        Assert.Contains("[T, 6]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_want_a_gradient_are_refused()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu());
        var trained = new Parameter("rows", Rows.Keep());
        Assert.Contains("single latents alone", Assert.Throws<InvalidOperationException>(() => sae.EncodeSparse(trained.Value)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_depends_on_the_row_cannot_be_decoded_or_read_without_it()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu()) { Normalisation = new RowLength() };
        var latents = sae.Encode(Rows);
        Assert.Contains("the rows that were encoded", Assert.Throws<ArgumentException>(() => sae.Decode(latents)).Message, StringComparison.Ordinal);
        Assert.Contains("PreActivations", Assert.Throws<InvalidOperationException>(() => sae.EncoderColumn(0)).Message, StringComparison.Ordinal);
        Assert.Contains("PreActivations", Assert.Throws<InvalidOperationException>(() => sae.EncoderBias(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused_by_name()
    {
        Assert.Contains("only 10 latents", Assert.Throws<ArgumentException>(() => new SparseAutoencoder(Weights, new TopK(11))).Message, StringComparison.Ordinal);
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new TopK(0)).Message, StringComparison.Ordinal);
        Assert.Contains("had not estimated", Assert.Throws<ArgumentException>(() => new BatchTopK(3, -1)).Message, StringComparison.Ordinal);
        Assert.Contains("thresholds", Assert.Throws<ArgumentException>(() => new SparseAutoencoder(Weights, new JumpRelu(Numbers(1, 1, 9)))).Message, StringComparison.Ordinal);
        Assert.Contains("4, 5", Assert.Throws<ArgumentException>(() => new SparseAutoencoder(Weights, new Matryoshka(new Relu(), [4, 5]))).Message, StringComparison.Ordinal);
        Assert.Contains("encoder biases", Assert.Throws<ArgumentException>(() => new SparseAutoencoder(Weights with { EncoderBias = DecoderBias }, new Relu())).Message, StringComparison.Ordinal);
        Assert.Contains("do not centre", Assert.Throws<ArgumentException>(() => new SparseAutoencoder(new SaeWeights(EncoderRows, EncoderBias, Numbers(1, 1, Latents, 3), Numbers(1, 1, 3)), new Relu()) { CentresInput = true }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latent_that_does_not_exist_is_refused()
    {
        using var sae = new SparseAutoencoder(Weights, new Relu());
        Assert.Contains("no latent 10", Assert.Throws<ArgumentOutOfRangeException>(() => sae.DecoderRow(Latents)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => sae.EncoderColumn(-1));
    }

    [Fact]
    public void A_disposed_autoencoder_is_refused()
    {
        var sae = new SparseAutoencoder(Weights, new Relu());
        sae.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sae.Encode(Rows));
    }
}
