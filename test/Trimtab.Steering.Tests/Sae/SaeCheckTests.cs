using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>
/// Checks on a golden model. Its numbers mean nothing, so what is known is exact: a perfect autoencoder, one that writes zeros, and sums that are taken again
/// another way.
/// </summary>
public sealed class SaeCheckTests
{
    private static readonly HookPoint At = HookPoint.ResidPost(1);

    private static LoadedModel Model => GoldenModel.Of("llama").Model;

    private static int[][] Texts => [GoldenModel.Of("llama").Ids("seqA.input_ids"), GoldenModel.Of("llama").Ids("seqB.input_ids")];

    private static LossText[] Whole => [.. Texts.Select(LossText.Whole)];

    private static int Width => Model.Config.HiddenSize;

    [Fact]
    public void A_perfect_autoencoder_changes_nothing()
    {
        using var sae = Perfect(At);
        var report = new SaeCheck(Model, sae).Run(Whole);
        Assert.Equal(0, report.UnexplainedVariance, 1e-12);
        Assert.Equal(report.CleanLoss, report.ReconstructedLoss, 1e-6);
        Assert.NotEqual(report.CleanLoss, report.ZeroedLoss, 1e-3);
        // One latent of each pair is active where the value is not 0.
        Assert.Equal(Width, report.L0);
        Assert.Equal(report.MeanNorm, report.MeanReconstructedNorm);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public void First_tokens_are_left_out_unless_asked_for()
    {
        using var sae = Perfect(At);
        int tokens = Texts.Sum(ids => ids.Length);
        Assert.Equal(tokens - 2, new SaeCheck(Model, sae).Run(Whole).RowCount);
        Assert.Equal(tokens, new SaeCheck(Model, sae, new SaeCheckOptions { SkipsFirstToken = false }).Run(Whole).RowCount);
    }

    [Fact]
    public void An_autoencoder_that_writes_nothing_is_the_zeroed_model_and_a_finding()
    {
        using var sae = new SparseAutoencoder(new SaeWeights(SomeSae.Numbers(1, 1, 8, Width), Tensor.Zeros(new Shape(8)), Tensor.Zeros(new Shape(8, Width)), Tensor.Zeros(new Shape(Width))), new TopK(2)) { Origin = new SaeOrigin { At = At } };
        var report = new SaeCheck(Model, sae).Run(Whole);
        Assert.Equal(report.ZeroedLoss, report.ReconstructedLoss);
        Assert.True(report.UnexplainedVariance >= 1);
        Assert.Equal(0, report.MeanReconstructedNorm);
        Assert.Contains("misses", Assert.Single(report.Findings, finding => finding.Problem == SaeProblem.DoesNotFit).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variance_latents_and_lengths_are_those_of_the_captured_rows()
    {
        var thresholds = SomeSae.Numbers(5, 6, 40);
        thresholds.Values[..7].Fill(float.MaxValue);
        using var sae = new SparseAutoencoder(new SaeWeights(SomeSae.Numbers(1, 1, 40, Width), SomeSae.Numbers(2, 1, 40), SomeSae.Numbers(3, 0.1f, 40, Width), SomeSae.Numbers(4, 0.1f, Width)), new JumpRelu(thresholds));
        var report = new SaeCheck(Model, sae, new SaeCheckOptions { At = At, PassTokens = 16 }).Run(Whole);
        var capture = new ActivationCapture([At], (_, position) => position > 0);
        using (var run = new ModelRun(Model, [.. Texts.Select(ids => new Sequence(ids))], [capture]))
            run.Forward(LogitRows.None);
        Tensor rows = capture[At], latents = sae.Encode(rows), reconstruction = sae.Reconstruct(rows);
        double[] means = [.. Enumerable.Range(0, Width).Select(i => Enumerable.Range(0, rows.RowCount).Average(t => (double)rows[t, i]))];
        double error = 0, variance = 0;
        for (int t = 0; t < rows.RowCount; t++)
            for (int i = 0; i < Width; i++)
                (error, variance) = (error + Math.Pow(rows[t, i] - (double)reconstruction[t, i], 2), variance + Math.Pow(rows[t, i] - means[i], 2));
        Assert.Equal(error / variance, report.UnexplainedVariance, 1e-9);
        Assert.Equal(1 - error / variance, report.ExplainedVariance, 1e-9);
        float[] values = latents.Values.ToArray();
        Assert.Equal((double)values.Count(value => value != 0) / rows.RowCount, report.L0, 1e-12);
        int dead = Enumerable.Range(0, 40).Count(j => Enumerable.Range(0, rows.RowCount).All(t => latents[t, j] == 0));
        Assert.InRange(dead, 7, 39);
        Assert.Equal((dead, dead / 40.0), (report.DeadCount, report.DeadShare));
    }

    [Fact]
    public void Progress_counts_the_texts_of_all_three_runs()
    {
        using var sae = Perfect(At);
        var seen = new Seen();
        new SaeCheck(Model, sae).Run(Whole, seen);
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Values);
    }

    [Fact]
    public void Loss_recovered_is_the_share_of_the_way_back_from_zeros()
    {
        var report = Report(l0: 10) with { CleanLoss = 2, ReconstructedLoss = 2.5, ZeroedLoss = 7 };
        Assert.Equal(0.9, report.LossRecovered!.Value, 1e-12);
        Assert.Equal(-0.2, (report with { ReconstructedLoss = 8 }).LossRecovered!.Value, 1e-12);
        Assert.Null((report with { ZeroedLoss = 1.9 }).LossRecovered);
    }

    [Theory]
    [InlineData(10, 10.0, false)]
    [InlineData(19, 10.0, false)]
    [InlineData(21, 10.0, true)]
    [InlineData(4, 10.0, true)]
    [InlineData(400, null, false)]
    public void Active_latents_far_from_those_that_the_file_states_are_a_finding(double measured, double? claimed, bool found)
    {
        var findings = (Report(measured) with { ClaimedL0 = claimed }).Findings;
        Assert.Equal(found, findings.Any(finding => finding.Problem == SaeProblem.OtherL0));
        Assert.Equal(found ? 1 : 0, findings.Count);
    }

    [Fact]
    public void Another_place_than_the_file_names_and_a_variance_that_is_no_number_are_findings()
    {
        var report = Report(l0: 10) with { Origin = new SaeOrigin { At = HookPoint.ResidPost(3) }, UnexplainedVariance = double.NaN };
        Assert.Equal([SaeProblem.OtherPlace, SaeProblem.DoesNotFit], report.Findings.Select(finding => finding.Problem));
        Assert.Contains("blocks.3.resid_post", report.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_belong_to_the_model_is_refused_before_it_runs()
    {
        using SparseAutoencoder narrow = new(SomeSae.Weights, new Relu()) { Origin = new SaeOrigin { ModelName = "gpt2-small", At = At } }, placeless = new(SomeSae.Weights, new Relu()) { Origin = new SaeOrigin { HookName = "blocks.3.ln2.hook_normalized" } };
        using SparseAutoencoder transcoder = new(SomeSae.Weights, new Relu()) { Origin = new SaeOrigin { HookName = "a", OutputHookName = "b" } }, deep = Perfect(HookPoint.ResidPost(99));
        Assert.Contains($"reads rows of 6 values, but those at blocks.1.resid_post of {Model.Name} have {Width}", Refused(narrow), StringComparison.Ordinal);
        Assert.Contains("gpt2-small", Refused(narrow), StringComparison.Ordinal);
        Assert.Contains("'blocks.3.ln2.hook_normalized', which names no hook point", Refused(placeless), StringComparison.Ordinal);
        Assert.Contains("a transcoder from a to b", Refused(transcoder), StringComparison.Ordinal);
        using SparseAutoencoder skipping = new(SomeSae.Weights with { Skip = SomeSae.Numbers(7, 1, SomeSae.Width, SomeSae.Width) }, new Relu());
        Assert.Contains("a transcoder", Refused(skipping), StringComparison.Ordinal);
        Assert.Contains("blocks.99.resid_post does not exist", Refused(deep), StringComparison.Ordinal);
        using var sae = Perfect(At);
        var steered = Model.With(SteeringPlan.Of(new Intervention([At], Tokens.All, new Add(Direction.Of(SomeSae.Numbers(1, 1, Width)), Strength.Raw(1)))).Compile(Model));
        Assert.Contains("is steered", Assert.Throws<SteeringException>(() => new SaeCheck(steered, sae)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_one_token_are_no_texts()
    {
        using var sae = Perfect(At);
        Assert.Throws<ArgumentException>(() => new SaeCheck(Model, sae).Run([LossText.Whole([1]), LossText.Whole([2])]));
    }

    private static string Refused(SparseAutoencoder sae) => Assert.Throws<SteeringException>(() => new SaeCheck(Model, sae)).Message;

    // Latent i is the positive part of value i, latent D + i the negative one.
    private static SparseAutoencoder Perfect(HookPoint at)
    {
        var both = Tensor.Zeros(new Shape(2 * Width, Width));
        for (int i = 0; i < Width; i++)
            (both.Row(i)[i], both.Row(Width + i)[i]) = (1, -1);
        return new SparseAutoencoder(new SaeWeights(both, Tensor.Zeros(new Shape(2 * Width)), both, Tensor.Zeros(new Shape(Width))), new Relu()) { Origin = new SaeOrigin { At = at } };
    }

    private static SaeReport Report(double l0) => new()
    {
        At = At, Origin = new SaeOrigin(), TextCount = 1, RowCount = 100, LatentCount = 1000, L0 = l0, ClaimedL0 = null, UnexplainedVariance = 0.2, DeadCount = 0, MeanNorm = 1, MeanReconstructedNorm = 1,
    };

    private sealed class Seen : IProgress<int>
    {
        public List<int> Values { get; } = [];

        public void Report(int value) => Values.Add(value);
    }
}
