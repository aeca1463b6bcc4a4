using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Training.Sae;
using Xunit;

namespace Trimtab.Training.Tests.Sae;

/// <summary>The hand-written gradients of every kind, against differences of its loss.</summary>
public sealed class SaeObjectiveTests
{
    private const int Width = 12, Latents = 30, Rows = 20;

    public static TheoryData<string> Smooth => ["topk", "batch", "matryoshka", "relu", "gated"];

    [Theory, MemberData(nameof(Smooth))]
    public void The_loss_changes_along_each_gradient_as_it_says(string kind)
    {
        var (weights, objective) = Create(kind);
        var batch = Batch();
        objective.Compute(batch, Activity(), 10);
        foreach (var (parameter, direction) in weights.Parameters.Select(p => (p, p.Gradient.Values.ToArray())).ToList())
        {
            // The gate's loss takes the decoder as given; on the decoder's bias it also acts through the encoder, which no difference of losses tells apart.
            if (kind == "gated" && parameter.Name == "decoder_bias")
                continue;
            double norm = TensorPrimitives.Norm<float>(direction), predicted = norm * norm;
            Assert.True(norm > 1e-4, $"{parameter.Name} has no gradient");
            const float Distance = 1e-4f;
            double change = (LossAt(parameter, direction, Distance / (float)norm) - LossAt(parameter, direction, -Distance / (float)norm)) / (2 * Distance / norm);
            Assert.Equal(predicted, change, 0.02 * predicted);
        }

        double LossAt(Parameter parameter, float[] direction, float distance)
        {
            float[] before = [.. parameter.Value.Values];
            TensorPrimitives.MultiplyAdd(direction, distance, parameter.Value.Values, parameter.Value.Values);
            var loss = objective.Compute(Batch(), Activity(), 10);
            before.CopyTo(parameter.Value.Values);
            return kind == "gated" && parameter.Name == "decoder" ? loss.Total - loss.Auxiliary : loss.Total;
        }
    }

    [Fact]
    public void A_threshold_is_moved_by_the_values_within_half_a_bandwidth_of_it()
    {
        var weights = Weights();
        var recipe = new JumpReluRecipe { Penalty = 0.3, PenaltyWarmUp = 0, Bandwidth = 0.4, InitialThreshold = 0.5 };
        var objective = recipe.Objective(weights);
        var batch = Batch();
        var loss = objective.Compute(batch, Activity(), 0);

        // Equations 9 to 12 of arXiv 2407.14435 in plain loops.
        double[] expected = new double[Latents];
        double total = 0, active = 0;
        for (int n = 0; n < Rows; n++)
        {
            double[] pre = [.. Enumerable.Range(0, Latents).Select(j => Dot(batch.X.Row(n), weights.Encoder.Row(j)) + weights.EncoderBias.Values[j])];
            double[] error = [.. Enumerable.Range(0, Width).Select(i => weights.DecoderBias.Values[i] - batch.X.Row(n)[i] + Enumerable.Range(0, Latents).Where(j => pre[j] > 0.5).Sum(j => pre[j] * weights.Decoder.Row(j)[i]))];
            total += error.Sum(e => e * e) / Rows;
            active += pre.Count(p => p > 0.5);
            for (int j = 0; j < Latents; j++)
                if (Math.Abs(pre[j] - 0.5) < 0.2)
                    expected[j] -= 0.5 * (0.5 * 2 / Rows * Enumerable.Range(0, Width).Sum(i => error[i] * weights.Decoder.Row(j)[i]) + 0.3 / Rows) / 0.4;
        }
        Assert.Equal(total + 0.3 * active / Rows, loss.Total, 1e-4);
        Assert.Equal(active / Rows, loss.L0, 1e-9);
        Assert.Contains(expected, value => value != 0);
        var actual = weights.GradientOf("log_threshold").Values;
        for (int j = 0; j < Latents; j++)
            Assert.Equal(expected[j], actual[j], 1e-4);
    }

    [Fact]
    public void Nested_groups_each_reconstruct_alone()
    {
        var weights = Weights();
        var (batch, groups) = (Batch(), new[] { 4, 10, 16 });
        var loss = new TopKRecipe { K = 5, Groups = groups }.Objective(weights).Compute(batch, Activity(), 0);
        double expected = 0, last = 0;
        foreach (int end in (int[])[4, 14, 30])
        {
            last = 0;
            for (int n = 0; n < Rows; n++)
            {
                double[] centred = [.. Enumerable.Range(0, Width).Select(i => (double)batch.X.Row(n)[i] - weights.DecoderBias.Values[i])];
                double[] pre = [.. Enumerable.Range(0, Latents).Select(j => Enumerable.Range(0, Width).Sum(i => centred[i] * weights.Encoder.Row(j)[i]) + weights.EncoderBias.Values[j])];
                int[] active = [.. Enumerable.Range(0, Latents).OrderByDescending(j => pre[j]).Take(5).Where(j => pre[j] > 0 && j < end)];
                last += Enumerable.Range(0, Width).Sum(i => Math.Pow(active.Sum(j => pre[j] * weights.Decoder.Row(j)[i]) - centred[i], 2));
            }
            expected += last / batch.Variation / 3;
        }
        Assert.Equal(expected, loss.Total, 1e-4);
        Assert.Equal(last / batch.Variation, loss.Fvu, 1e-4);
    }

    [Fact]
    public void Annealing_ends_at_k()
    {
        var recipe = new TopKRecipe { K = 4, StartK = 12, AnnealingSteps = 8 };
        Assert.Equal([12, 11, 10, 9, 8, 7, 6, 5, 4, 4], Enumerable.Range(0, 10).Select(step => recipe.KAt(step)));
    }

    [Theory, InlineData(3, 2), InlineData(7, 1), InlineData(40, 40)]
    public void The_largest_are_kept_and_the_first_of_equal_ones(int length, int k)
    {
        var random = new Random(length);
        for (int trial = 0; trial < 50; trial++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => random.Next(-4, 5) / 2f)];
            var kept = Tensor.From(values, 1, length);
            KeepLargest.OfEachRow(kept, k);
            var chosen = values.Index().Where(v => v.Item > 0).OrderByDescending(v => v.Item).ThenBy(v => v.Index).Take(k).Select(v => v.Index).ToHashSet();
            Assert.Equal(values.Index().Select(v => chosen.Contains(v.Index) ? v.Item : 0), kept.Values.ToArray());
        }
    }

    [Fact]
    public void Of_all_rows_as_many_are_kept_as_of_each_in_the_mean()
    {
        var rows = Tensor.From([5, 4, 3, 0.5f, 0.2f, 0.1f], 2, 3);
        Assert.Equal(0.5f, KeepLargest.OfAllRows(rows, 2));
        Assert.Equal([5, 4, 3, 0.5f, 0, 0], rows.Values.ToArray());
    }

    private static (SaeParameters, SaeObjective) Create(string kind)
    {
        var weights = Weights();
        SaeRecipe recipe = kind switch
        {
            "topk" => new TopKRecipe { K = 5 },
            "batch" => new TopKRecipe { K = 5, PerBatch = true },
            "matryoshka" => new TopKRecipe { K = 5, Groups = [4, 10, 16] },
            "relu" => new ReluRecipe { Penalty = 0.2, PenaltyWarmUp = 20 },
            _ => new GatedRecipe { Penalty = 0.2, PenaltyWarmUp = 0 },
        };
        return (weights, recipe.Objective(weights));
    }

    private static LatentActivity Activity() => new(Latents, deadAfterRows: 100);

    private static SaeParameters Weights()
    {
        var weights = new SaeParameters(Width, Latents, seed: 3);
        var random = new Random(4);
        foreach (ref float value in weights.EncoderBias.Values)
            value = (float)random.NextNormal() / 10;
        foreach (ref float value in weights.DecoderBias.Values)
            value = (float)random.NextNormal() / 3;
        return weights;
    }

    private static SaeBatch Batch()
    {
        var random = new Random(5);
        return new SaeBatch(Tensor.From([.. Enumerable.Range(0, Rows * Width).Select(_ => (float)random.NextNormal())], Rows, Width));
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
