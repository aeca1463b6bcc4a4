using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Tensors.Optim;
using Trimtab.Testing;
using Trimtab.Training.Prevention;
using Xunit;

namespace Trimtab.Training.Tests.Prevention;

public sealed class ProjectionPenaltyTests
{
    private static readonly HookPoint At = HookPoint.ResidPost(1);

    private static readonly LossText[] Texts =
    [
        new([5, 9, 13, 40, 41, 42, 43], [false, false, false, true, true, true, false], 3),
        new([7, 8, 60, 61, 9, 62, 63, 64], [true, false, true, true, false, true, true, true], 2),
    ];

    private static LoadedModel Golden => GoldenModel.Of("llama").Model;

    [Fact]
    public void It_is_the_mean_square_of_how_far_the_answers_rows_moved_along_the_direction()
    {
        var adapter = Moved();
        double sum = 0;
        int count = 0;
        foreach (var text in Texts)
        {
            var (before, after) = (Coordinates(Golden, text), Coordinates(Golden.With(adapter), text));
            foreach (int i in Enumerable.Range(1, text.Ids.Length - 1).Where(i => text.HasLoss[i]))
                (sum, count) = (sum + Math.Pow(after[i] - before[i], 2), count + 1);
        }
        Assert.Equal(8, count);
        Assert.Equal(3 * sum / count, Step(adapter, weight: 3).Penalty, 1e-5 * 3 * sum / count);
    }

    [Fact]
    public void It_is_the_same_in_one_pass_and_in_several()
    {
        var adapter = Moved();
        Assert.Equal(Step(adapter, weight: 3).Penalty, Step(adapter, weight: 3, passTokens: 1).Penalty, 1e-5);
    }

    [Fact]
    public void A_new_adapter_has_moved_nothing()
    {
        var adapter = LoraAdapter.Create(Golden, new LoraOptions { Rank = 4 }, seed: 1).Trained();
        Assert.Equal(0, Step(adapter, weight: 100).Penalty);
    }

    [Fact]
    public void Its_gradient_is_that_of_finite_differences()
    {
        const double Weight = 10;
        const float Distance = 1e-3f;
        float[][] without = Gradients(weight: null), with = Gradients(Weight);
        float[][] own = [.. with.Zip(without, (a, b) => a.Zip(b, (x, y) => x - y).ToArray())];
        float largest = own.Max(values => values.Max(MathF.Abs));
        Assert.True(largest > 0.01f, $"{largest}");
        for (int matrix = 0; matrix < own.Length; matrix++)
        {
            int element = Array.IndexOf(own[matrix], own[matrix].MaxBy(MathF.Abs));
            double slope = (PenaltyAt(matrix, element, Distance) - PenaltyAt(matrix, element, -Distance)) / (2 * Distance);
            Assert.Equal(slope, own[matrix][element], 2e-3 * largest);
        }

        static double PenaltyAt(int matrix, int element, float distance)
        {
            var adapter = Moved();
            adapter.Parameters[matrix].Value.Values[element] += distance;
            return Step(adapter, Weight).Penalty;
        }
    }

    [Fact]
    public void Training_under_it_moves_less_along_the_direction()
    {
        double free = MovedBy(weight: null), held = MovedBy(weight: 300);
        Assert.True(held < 0.2 * free, $"{free} → {held}");
    }

    [Fact]
    public void Of_a_steered_training_it_sees_only_what_training_moved()
    {
        var plan = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(0), new Add(Direction.Of(Ramp()), Strength.Raw(4)))).Compile(Golden);
        var adapter = LoraAdapter.Create(Golden, new LoraOptions { Rank = 4 }, seed: 1).Trained();
        using var trainer = new Trainer(Golden.With(adapter).With(plan), adapter.Parameters, new SameTexts(), Options(), Penalty(100).Compile(Golden.With(plan)));
        Assert.Equal(0, trainer.Step().Penalty);
    }

    [Fact]
    public void Where_nothing_before_it_is_trained_it_is_refused()
    {
        var adapter = LoraAdapter.Create(Golden, new LoraOptions { TargetPattern = @".*layers\.[2-9]\..*", Targets = [] }, seed: 1).Trained();
        using var trainer = new Trainer(Golden.With(adapter), adapter.Parameters, new SameTexts(), Options(), new ProjectionPenalty(Direction.Of(Ramp()), HookPoint.ResidPost(0), 1).Compile(Golden));
        Assert.Contains("nothing that is trained lies before blocks.0.resid_post", Assert.Throws<TrainingException>(() => trainer.Step()).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(0), InlineData(-1), InlineData(double.NaN)]
    public void A_weight_that_is_no_price_is_refused(double weight) => Assert.Throws<ArgumentException>(() => Penalty(weight));

    private static ProjectionPenalty Penalty(double weight) => new(Direction.Of(Ramp()), At, weight);

    // Some way along in training: B is not zero any more.
    private static LoraAdapter Moved()
    {
        var adapter = LoraAdapter.Create(Golden, new LoraOptions { Rank = 4, Alpha = 4 }, seed: 1).Trained();
        var random = new Random(3);
        foreach (var parameter in adapter.Parameters)
            foreach (ref float value in parameter.Value.Values)
                value += 0.2f * (random.NextSingle() - 0.5f);
        return adapter;
    }

    private static float[][] Gradients(double? weight)
    {
        var adapter = Moved();
        Step(adapter, weight);
        return [.. adapter.Parameters.Select(parameter => parameter.Gradient.Values.ToArray())];
    }

    private static TrainingStep Step(LoraAdapter adapter, double? weight, int passTokens = 100)
    {
        using var trainer = new Trainer(Golden.With(adapter), adapter.Parameters, new SameTexts(), Options(1e-30, passTokens), weight is { } some ? Penalty(some).Compile(Golden) : null);
        return trainer.Step();
    }

    private static double MovedBy(double? weight)
    {
        var adapter = LoraAdapter.Create(Golden, new LoraOptions { Rank = 4 }, seed: 1).Trained();
        using var trainer = new Trainer(Golden.With(adapter), adapter.Parameters, new SameTexts(), Options(5e-3), weight is { } some ? Penalty(some).Compile(Golden) : null);
        trainer.Run();
        return Texts.Sum(text => Coordinates(Golden.With(adapter), text).Zip(Coordinates(Golden, text), (after, before) => Math.Pow(after - before, 2)).Where((_, i) => i > 0 && text.HasLoss[i]).Sum());
    }

    private static float[] Coordinates(LoadedModel model, LossText text)
    {
        var capture = new ActivationCapture([At]);
        using var run = new ModelRun(model, [new Sequence(text.Ids)], [capture]);
        run.Forward(LogitRows.None);
        var (rows, v) = (capture[At], Ramp());
        double length = Math.Sqrt(v.Values.ToArray().Sum(value => (double)value * value));
        return [.. Enumerable.Range(0, rows.RowCount).Select(row => (float)(rows.Row(row).ToArray().Zip(v.Values.ToArray(), (x, y) => (double)x * y).Sum() / length))];
    }

    private static Tensor Ramp() => Tensor.From([.. Enumerable.Range(0, Golden.Config.HiddenSize).Select(i => MathF.Cos(1.3f * i))]);

    private static TrainerOptions Options(double rate = 1e-3, int passTokens = 100) =>
        new() { Steps = 20, LearningRate = rate, MaxGradientNorm = 0, PassTokens = passTokens, Optimiser = new AdamWOptions { WeightDecay = 0 } };

    private sealed class SameTexts : ITextStream
    {
        public string Fingerprint => "two texts";

        public IReadOnlyList<LossText> TextsOf(long step) => Texts;
    }
}
