using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Gates.SomeGates;

namespace Trimtab.Steering.Tests.Gates;

/// <summary>What each gate computes, against plain loops.</summary>
public sealed class GateScoreTests
{
    [Fact]
    public void The_similarity_of_a_condition_is_that_of_the_row_and_the_tanh_of_its_projection()
    {
        // h · c / c · c = 11/25; P h = (1.32, 1.76, 0).
        double a = Math.Tanh(1.32), b = Math.Tanh(1.76), expected = (a + 2 * b) / (3 * Math.Sqrt(a * a + b * b));
        Assert.Equal(expected, ConditionGate.Similarity([1, 2, 2], [3, 4, 0]), 1e-7);
        Assert.Equal(expected, ConditionGate.Similarity([1, 2, 2], [-30, -40, 0]), 1e-7);
        Assert.Equal(0, ConditionGate.Similarity([0, 0, 5], [3, 4, 0]));
        Assert.Equal(0, ConditionGate.Similarity([0, 0, 0], [3, 4, 0]));
    }

    [Theory, InlineData(GateReading.PromptMean), InlineData(GateReading.LastPromptToken)]
    public void A_condition_scores_the_unsteered_prompt_as_read(GateReading reading)
    {
        var decision = Assert.Single(Decide(OpensForOne(reading), One).Decisions);
        Assert.Equal(Score(One, reading), Assert.Single(decision.Scores).Score, 1e-6);
        Assert.Equal(GateOutcome.Open, decision.Outcome);
        Assert.Equal(GateOutcome.Closed, Assert.Single(Decide(OpensForOne(reading), Other).Decisions).Outcome);
    }

    [Fact]
    public void A_probe_scores_the_logistic_of_the_pooled_row()
    {
        var rows = Rows(Other, Read);
        double Logistic(float[] row) => 1 / (1 + Math.Exp(-(SomeEdits.Dot(row, SomeEdits.A.Values) + 0.3)));
        var gate = new ProbeGate(Direction.Of(SomeEdits.A), 0.3) { At = Read };
        float[] mean = [.. Enumerable.Range(0, SomeEdits.Width).Select(i => rows.Average(r => r[i]))];
        Assert.Equal(Logistic(mean), ScoreOf(gate), 1e-6);
        Assert.Equal(Logistic(rows[^1]), ScoreOf(gate with { Reading = GateReading.LastPromptToken }), 1e-6);
    }

    [Fact]
    public void A_latent_scores_the_mean_of_the_activations_and_not_the_activation_of_the_mean()
    {
        var rows = Rows(Other, Read);
        double Activation(float[] row) => Math.Max(0, row.Select((x, i) => ((double)x - SomeEdits.B.Values[i]) * SomeEdits.A.Values[i]).Sum() - 0.2);
        Assert.Contains(rows, row => Activation(row) == 0);
        Assert.Contains(rows, row => Activation(row) > 0);
        var gate = new LatentGate(Direction.Of(SomeEdits.A), -0.2) { At = Read, Centre = Direction.Of(SomeEdits.B) };
        Assert.Equal(rows.Average(Activation), ScoreOf(gate), 1e-6);
        Assert.Equal(Activation(rows[^1]), ScoreOf(gate with { Reading = GateReading.LastPromptToken }), 1e-6);
    }

    [Theory, InlineData("relu"), InlineData("topk"), InlineData("batchtopk"), InlineData("jumprelu"), InlineData("gated")]
    public void A_latent_of_an_autoencoder_scores_by_its_kind(string kind)
    {
        const int Latent = 2;
        var rows = Rows(Other, Read);
        SaeWeights weights = new(SomeEdits.Rows(31, 4), Tensor.From([0.1f, -0.1f, 0.2f, 0]), SomeEdits.Rows(32, 4), SomeEdits.Rows(33, 1).At(0));
        double[] pre = [.. rows.Select(row => 0.2 + row.Select((x, i) => ((double)x - weights.DecoderBias[i]) * weights.Encoder[Latent, i]).Sum())];
        // Below the threshold lie rows whose pre-activation is above 0, so that rectifying alone gives another score.
        float threshold = (float)pre.Where(value => value > 0).Order().Skip(1).Take(2).Average();
        using var sae = new SparseAutoencoder(weights, kind switch
        {
            "relu" => new Relu(),
            "topk" => new TopK(1),
            "batchtopk" => new BatchTopK(1, threshold),
            "jumprelu" => new JumpRelu(Tensor.From([0, 0, threshold, 0])),
            _ => new Gated(weights.EncoderBias, Tensor.From([0, 0, 0.5f, 0]), Tensor.From([0, 0, 0.3f, 0])),
        }) { CentresInput = true, Origin = new SaeOrigin { At = Read } };
        double Activation(double value) => kind switch
        {
            "relu" or "topk" => Math.Max(value, 0),
            "batchtopk" or "jumprelu" => value > threshold ? value : 0,
            _ => value > 0 ? Math.Max(Math.Exp(0.5) * (value - 0.2) + 0.3, 0) : 0,
        };
        var gate = new LatentGate(sae, Latent);
        Assert.Equal(pre.Average(Activation), ScoreOf(gate), 1e-5);
        Assert.Equal(Activation(pre[^1]), ScoreOf(gate with { Reading = GateReading.LastPromptToken }), 1e-5);
        // At each token the gate stands where the edit is, and opens row by row.
        var tokens = SomeEdits.Rows(34, 8);
        float[] factors = (gate with { Reading = GateReading.EachToken }).CompileAt(HookPoint.ResidPost(1), Model).Factors(tokens).Values.ToArray();
        float[] alone = sae.PreActivations(tokens, Latent).Values.ToArray();
        Assert.Equal(alone.Select(value => sae.Kind.ActivationOf(Latent, value) > 0 ? 1f : 0), factors);
    }

    [Fact]
    public void A_latent_of_an_autoencoder_that_normalises_each_row_scores_too()
    {
        using var sae = new SparseAutoencoder(new SaeWeights(SomeEdits.Rows(31, 4), Tensor.Zeros(new Shape(4)), SomeEdits.Rows(32, 4), Tensor.Zeros(new Shape(SomeEdits.Width))), new Relu()) { Normalisation = new RowLength() };
        var rows = Rows(Other, Read);
        double Activation(float[] row) => Math.Max(0, SomeEdits.Dot(row, sae.Weights.Encoder.Row(1)) * Math.Sqrt(SomeEdits.Width) / SomeEdits.Length(row));
        Assert.Equal(rows.Average(Activation), ScoreOf(new LatentGate(sae, 1) { At = Read }), 1e-5);
        Assert.Contains("does not say where", Assert.Throws<SteeringException>(() => Plan(new LatentGate(sae, 1)).Compile(Model)).Message, StringComparison.Ordinal);
        Assert.Contains("0 … 3", Assert.Throws<ArgumentException>(() => new LatentGate(sae, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fitted_probe_brings_its_bias_along()
    {
        var provenance = Provenance.For(Model, "test") with { Probes = new Dictionary<string, ProbeRecord> { [Read.ToString()] = new(0.3) } };
        var vector = SteeringVector.FromDirections([(Read, SomeEdits.A)], provenance);
        Assert.Equal(ScoreOf(new ProbeGate(Direction.Of(SomeEdits.A), 0.3) { At = Read }), ScoreOf(new ProbeGate(Direction.Of(vector)) { At = Read }));
        var silent = new ProbeGate(Direction.Of(SomeEdits.A)) { At = Read };
        Assert.Contains("no bias", Assert.Throws<SteeringException>(() => Plan(silent).Compile(Model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_soft_gate_multiplies_the_change_by_the_sigmoid_of_each_row()
    {
        var rows = SomeEdits.Rows(20, 6);
        var gated = Plan(new SoftGate(Direction.Of(SomeEdits.B), Strength.Raw(0.1f), Strength.Raw(0.4f))).Compile(Model).Edits[0].Apply(rows);
        var factors = new List<double>();
        for (int row = 0; row < rows.RowCount; row++)
        {
            double factor = 1 / (1 + Math.Exp(-(SomeEdits.Dot(rows.Row(row), SomeEdits.B.Values) / SomeEdits.Length(SomeEdits.B.Values) - 0.1) / 0.4));
            factors.Add(factor);
            Near.Equal([.. rows.Row(row).ToArray().Select((x, i) => (float)(x + factor * 0.7 * SomeEdits.A.Values[i]))], gated.Row(row), 1e-6f, $"row {row}");
        }
        Assert.True(factors.Min() < 0.4 && factors.Max() > 0.6);
    }

    [Fact]
    public void Gradients_pass_through_a_soft_gate()
    {
        var edit = Plan(new SoftGate(Direction.Of(SomeEdits.B), Strength.Raw(0.1f), Strength.Raw(0.4f))).Compile(Model).Edits[0];
        var x = new Parameter("x", SomeEdits.Rows(21, 2));
        var weights = SomeEdits.Rows(22, 2);
        edit.Apply(x.Value).Backward(weights);
        for (int i = 0; i < x.Value.Count; i += 7)
        {
            float kept = x.Value.Values[i];
            double At(float value)
            {
                x.Value.Values[i] = value;
                return SomeEdits.Dot(edit.Apply(x.Value).Values, weights.Values);
            }
            double difference = (At(kept + 1e-2f) - At(kept - 1e-2f)) / 2e-2;
            x.Value.Values[i] = kept;
            Assert.Equal(difference, x.Gradient.Values[i], 2e-3);
        }
    }

    [Fact]
    public void A_gate_by_token_edits_the_rows_it_opens_for_and_leaves_the_others_their_bits_whatever_stands_beside_them()
    {
        var rows = SomeEdits.Rows(23, 8);
        Gate hard = new ProbeGate(Direction.Of(SomeEdits.B), 0.2) { Reading = GateReading.EachToken };
        Gate soft = new SoftGate(Direction.Of(SomeEdits.A), Strength.Raw(0), Strength.Raw(1e-3f));
        foreach (var gate in (Gate[])[hard, soft, new AllGate([hard, soft])])
        {
            var (gated, plain) = (Plan(gate).Compile(Model).Edits[0].Apply(rows), Plan(null).Compile(Model).Edits[0].Apply(rows));
            for (int row = 0; row < rows.RowCount; row++)
            {
                Near.Identical(Plan(gate).Compile(Model).Edits[0].Apply(Tensor.From(rows.Row(row), 1, SomeEdits.Width)).Values, gated.Row(row), $"row {row} alone");
                if (gate == hard)
                    Near.Identical(SomeEdits.Dot(rows.Row(row), SomeEdits.B.Values) + 0.2 > 0 ? plain.Row(row) : rows.Row(row), gated.Row(row), $"row {row}");
            }
            Assert.Contains(Enumerable.Range(0, 8), row => gated.Row(row).SequenceEqual(rows.Row(row)));
            Assert.Contains(Enumerable.Range(0, 8), row => gated.Row(row).SequenceEqual(plain.Row(row)));
        }
    }

    [Theory]
    [InlineData(true, true, GateOutcome.Open, GateOutcome.Open)]
    [InlineData(true, false, GateOutcome.Closed, GateOutcome.Open)]
    [InlineData(false, true, GateOutcome.Closed, GateOutcome.Open)]
    [InlineData(false, false, GateOutcome.Closed, GateOutcome.Closed)]
    public void All_any_and_not_are_and_or_and_not(bool first, bool second, GateOutcome all, GateOutcome any)
    {
        ConditionGate[] gates = [first ? Always : Never, second ? Always : Never];
        foreach (var (gate, expected) in (((Gate, GateOutcome)[])[(new AllGate([.. gates]), all), (new AnyGate([.. gates]), any), (new NotGate(gates[0]), first ? GateOutcome.Closed : GateOutcome.Open)]))
        {
            var decision = Assert.Single(Decide(gate, One).Decisions);
            Assert.Equal(expected, decision.Outcome);
            Assert.Equal(gate is NotGate ? 1 : 2, decision.Scores.Count);
        }
    }

    [Fact]
    public void What_the_prompt_does_not_rule_out_is_decided_at_each_token()
    {
        Gate byToken = new ProbeGate(Direction.Of(SomeEdits.B), 0) { Reading = GateReading.EachToken };
        var open = Decide(new AllGate([Always, byToken]), One);
        Assert.Equal(GateOutcome.ByToken, Assert.Single(open.Decisions).Outcome);
        // What is left is the gate by token, as if it had stood alone.
        Assert.Equal(Plan(byToken).Compile(Model).Fingerprint, open.Steering.Fingerprint);
        Assert.Equal(GateOutcome.Closed, Assert.Single(Decide(new AllGate([Never, byToken]), One).Decisions).Outcome);
        Assert.Equal(GateOutcome.Open, Assert.Single(Decide(new AnyGate([Always, byToken]), One).Decisions).Outcome);
    }

    [Fact]
    public void By_token_any_is_one_less_the_product_of_what_is_closed()
    {
        var rows = SomeEdits.Rows(24, 5);
        SoftGate a = new(Direction.Of(SomeEdits.A), Strength.Raw(0), Strength.Raw(1)), b = new(Direction.Of(SomeEdits.B), Strength.Raw(0.2f), Strength.Raw(2));
        float[] Of(Gate gate) => gate.CompileAt(Read, Model).Factors(rows).Values.ToArray();
        Near.Equal([.. Of(a).Zip(Of(b), (x, y) => x * y)], Of(new AllGate([a, b])), 1e-7f, "all");
        Near.Equal([.. Of(a).Zip(Of(b), (x, y) => 1 - (1 - x) * (1 - y))], Of(new AnyGate([a, b])), 1e-6f, "any");
        Near.Equal([.. Of(a).Select(x => 1 - x)], Of(new NotGate(a)), 1e-7f, "not");
    }

    [Fact]
    public void At_the_threshold_itself_a_gate_is_closed_on_either_side()
    {
        Assert.False(new GateScore("x", 0.5, 0.5, GateComparison.Larger).Holds);
        Assert.False(new GateScore("x", 0.5, 0.5, GateComparison.Smaller).Holds);
        Assert.True(new GateScore("x", 0.6, 0.5, GateComparison.Larger).Holds);
        Assert.True(new GateScore("x", 0.4, 0.5, GateComparison.Smaller).Holds);
    }

    private static double ScoreOf(Gate gate) => Assert.Single(Assert.Single(Decide(gate, Other).Decisions).Scores).Score;
}
