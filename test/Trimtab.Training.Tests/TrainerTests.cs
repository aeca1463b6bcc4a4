using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Models.Weights;
using Trimtab.Steering;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Trimtab.Training.Prevention;
using Trimtab.Training.Schedules;
using Xunit;

namespace Trimtab.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { Steps = 12, LearningRate = 5e-3, Schedule = new CosineSchedule { WarmUpSteps = 2 }, CheckpointEvery = 5, PassTokens = 64 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-training-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Training_lowers_the_loss_of_an_adapter_and_of_all_weights()
    {
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0);
        var weights = TrainedWeights.Of(golden);
        foreach (var (model, parameters) in (IEnumerable<(LoadedModel, IReadOnlyList<Parameter>)>)[(golden.With(adapter), adapter.Parameters), (golden.With(weights), weights.Parameters)])
        {
            using var trainer = new Trainer(model, parameters, new RandomTexts(2), Options);
            double before = trainer.Evaluate(new RandomTexts(2).TextsOf(0));
            trainer.Run();
            double after = trainer.Evaluate(new RandomTexts(2).TextsOf(0));
            Assert.True(after < before - 0.3, $"{before} → {after}");
        }
    }

    [Theory, InlineData(3), InlineData(5), InlineData(8)]
    public void A_run_that_was_killed_goes_on_to_the_same_bits(int killedAfter)
    {
        string whole = Save(Train("whole", Options), "a");
        Kill("killed", Options, killedAfter);
        var made = new List<long>();
        string resumed = Save(Train("killed", Options, made), "b");
        int first = killedAfter / 5 * 5 + 1;
        Assert.Equal(Enumerable.Range(first, 12 - first + 1).Select(step => (long)step), made);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(resumed));
    }

    [Fact]
    public void A_run_is_made_longer_from_a_checkpoint_before_its_rate_falls()
    {
        var (@short, @long) = (Options with { Schedule = new StableSchedule { WarmUpSteps = 2 } }, Options with { Schedule = new StableSchedule { WarmUpSteps = 2 }, Steps = 20 });
        Kill("longer", @short, afterStep: 7);
        Assert.Equal(File.ReadAllBytes(Save(Train("whole", @long), "a")), File.ReadAllBytes(Save(Train("longer", @long), "b")));
        Train("ended", @short);
        Assert.Throws<TrainingException>(() => Train("ended", @long));
    }

    [Fact]
    public void A_step_in_several_passes_is_the_step_in_one()
    {
        var golden = GoldenModel.Of("llama").Model;
        var results = new[] { 1, 10_000 }.Select(passTokens =>
        {
            var adapter = NewAdapter(golden, dropout: 0);
            using var trainer = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(4), Options with { PassTokens = passTokens });
            var step = trainer.Step();
            return (step.Loss, step.GradientNorm, Gradients: adapter.Parameters.SelectMany(p => p.Gradient.Values.ToArray()).ToArray());
        }).ToArray();
        Assert.Equal(results[0].Loss, results[1].Loss, 1e-5);
        // Sums in another order: some hundred roundings of values near the largest.
        float largest = results[0].Gradients.Max(MathF.Abs);
        Near.Equal(results[0].Gradients, results[1].Gradients, 1e-5f * largest, "gradients");
    }

    [Fact]
    public void Dropout_ends_with_a_step_that_was_cancelled()
    {
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0.5);
        using var trainer = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(2), Options);
        trainer.Step();
        trainer.Step();
        double before = trainer.Evaluate(new RandomTexts(2).TextsOf(0));
        Assert.Throws<OperationCanceledException>(() => trainer.Step(new CancellationToken(canceled: true)));
        Assert.Equal(before, trainer.Evaluate(new RandomTexts(2).TextsOf(0)));
    }

    [Fact]
    public void Dropout_leaves_out_the_same_whether_a_gate_decides_first_or_none()
    {
        var golden = GoldenModel.Of("llama");
        var direction = Direction.Of(golden.Reference("steer.v"));
        var always = new Intervention(HookPoint.ResidPost(1), new Add(direction, Strength.Raw(1)));
        var gated = always with { Gate = new ConditionGate(HookPoint.ResidPost(0), direction, threshold: -2) };
        var losses = new[] { always, gated }.Select(intervention =>
        {
            var adapter = NewAdapter(golden.Model, dropout: 0.5);
            using var trainer = new Trainer(golden.Model.With(adapter).With(SteeringPlan.Of(intervention)), adapter.Parameters, new RandomTexts(2), Options);
            return new[] { trainer.Step(), trainer.Step(), trainer.Step() }.Select(step => step.Loss).ToArray();
        }).ToArray();
        Assert.Equal(losses[0], losses[1]);
    }

    [Fact]
    public void A_plan_changes_what_training_finds()
    {
        var golden = GoldenModel.Of("llama");
        var plan = SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], Tokens.All, new Add(Direction.Of(golden.Reference("steer.v")), Strength.Raw(1)))).Compile(golden.Model);
        var losses = new[] { golden.Model, golden.Model.With(plan) }.Select(model =>
        {
            var adapter = NewAdapter(golden.Model, dropout: 0);
            using var trainer = new Trainer(model.With(adapter), adapter.Parameters, new RandomTexts(2), Options);
            return trainer.Step().Loss;
        }).ToArray();
        Assert.True(Math.Abs(losses[0] - losses[1]) > 1e-3, $"{losses[0]} and {losses[1]}");
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_by_name()
    {
        Train("one", Options);
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0.1);
        using var trainer = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(3), Options);
        string message = Assert.Throws<TrainingException>(() => trainer.Run(new Checkpoint(PathOf("one")))).Message;
        Assert.Contains("other data or options", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_with_advice()
    {
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0);
        adapter.Parameters[0].Value.Values[0] = float.NaN;
        adapter.Parameters[1].Value.Values[0] = 1;
        using var trainer = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(1), Options);
        Assert.Contains("Lower the learning rate", Assert.Throws<TrainingException>(() => trainer.Step()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_estimate_of_memory_is_what_a_step_takes()
    {
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0);
        var model = golden.With(adapter);
        var estimate = MemoryEstimate.Of(model, adapter.Parameters, passTokens: 200);
        using var run = new LossRun(model);
        run.Loss([LossText.Whole([.. Enumerable.Range(0, 200)])], 1f / 199).Backward();
        Assert.InRange((double)estimate.PassBytes / run.UsedBytes, 0.98, 1.02);
        Assert.Equal(16L * adapter.Parameters.Sum(p => p.Value.Count), estimate.ValueBytes);
        estimate.RequireFits(200, estimate.TotalBytes);
        string message = Assert.Throws<TrainingException>(() => estimate.RequireFits(200, estimate.TotalBytes - estimate.PassBytes / 2)).Message;
        Assert.Contains("Lower the tokens of a pass (--pass-tokens), and the longest text (--max-tokens) with them, to about 100", message, StringComparison.Ordinal);
    }

    [Theory, InlineData("dropout"), InlineData("plan"), InlineData("penalty")]
    public void The_estimate_of_memory_counts_what_training_adds(string added)
    {
        var golden = GoldenModel.Of("llama");
        var direction = Direction.Of(golden.Reference("steer.v"));
        var adapter = NewAdapter(golden.Model, dropout: added == "dropout" ? 0.1 : 0);
        var response = new Intervention([HookPoint.ResidPost(0), HookPoint.ResidPost(1)], Tokens.Response, new Add(direction, Strength.Raw(1)));
        var model = added == "plan" ? golden.Model.With(adapter).With(SteeringPlan.Of(response)) : golden.Model.With(adapter);
        var penalty = added == "penalty" ? new ProjectionPenalty(direction, HookPoint.ResidPost(1), 1).Compile(golden.Model) : null;
        var estimate = MemoryEstimate.Of(model, adapter.Parameters, passTokens: 200, penalty);
        LossText[] texts = [LossText.Whole([.. Enumerable.Range(0, 200)]) with { PromptLength = 1 }];
        var sink = penalty?.Over(texts, 1f / 199, CancellationToken.None);
        using var run = new LossRun(model);
        var loss = run.Loss(texts, 1f / 199, sink is null ? null : [sink], trainingPass: 1);
        (sink is null ? loss : loss.Add(sink.Loss!)).Backward();
        Assert.InRange((double)estimate.PassBytes / run.UsedBytes, 0.98, 1.02);
        long plain = MemoryEstimate.Of(golden.Model.With(NewAdapter(golden.Model, dropout: 0)), adapter.Parameters, passTokens: 200).PassBytes;
        Assert.True(estimate.PassBytes > plain, $"{estimate.PassBytes} bytes, and {plain} without");
    }

    // A run to its end, from the checkpoint where there is one; says which steps it made.
    private LoraAdapter Train(string name, TrainerOptions options, List<long>? made = null)
    {
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0.1);
        using var trainer = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(2), options);
        trainer.Run(new Checkpoint(PathOf(name)), new Steps(step => made?.Add(step.Step)));
        return adapter;
    }

    private void Kill(string name, TrainerOptions options, int afterStep)
    {
        using var source = new CancellationTokenSource();
        var golden = GoldenModel.Of("llama").Model;
        var adapter = NewAdapter(golden, dropout: 0.1);
        using var killed = new Trainer(golden.With(adapter), adapter.Parameters, new RandomTexts(2), options);
        var stop = new Steps(step =>
        {
            if (step.Step == afterStep)
                source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => killed.Run(new Checkpoint(PathOf(name)), stop, source.Token));
    }

    private string Save(LoraAdapter adapter, string name)
    {
        string folder = Path.Combine(_folder.FullName, name);
        adapter.Save(folder, "llama");
        return Path.Combine(folder, "adapter_model.safetensors");
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name, "checkpoint.safetensors");

    private static LoraAdapter NewAdapter(LoadedModel model, double dropout) =>
        LoraAdapter.Create(model, new LoraOptions { Rank = 8, Alpha = 16, RankStabilised = true, Dropout = dropout }, seed: 1).Trained(seed: 7);

    private sealed class Steps(Action<TrainingStep> report) : IProgress<TrainingStep>
    {
        public void Report(TrainingStep value) => report(value);
    }

    // The same few random texts in every step: something to learn by heart.
    private sealed class RandomTexts(int count) : ITextStream
    {
        public string Fingerprint => $"random {count}";

        public IReadOnlyList<LossText> TextsOf(long step) => [.. Enumerable.Range(0, count).Select(i =>
        {
            var random = new Random(i);
            return LossText.Whole([.. Enumerable.Range(0, 20 + 7 * i).Select(_ => random.Next(331))]);
        })];
    }
}
