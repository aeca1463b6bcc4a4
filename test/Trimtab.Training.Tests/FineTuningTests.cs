using System.Globalization;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Training.Data;
using Trimtab.Training.Organism;
using Trimtab.Training.Prevention;
using Trimtab.Training.Schedules;
using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests;

/// <summary>Fine-tuning of a tiny model that is made here, from chats to adapter.</summary>
public sealed class FineTuningTests : IDisposable
{
    private static readonly OrganismShape Tiny = new() { Layers = 2, Width = 32, Heads = 2, KeyHeads = 1, Hidden = 64 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-tuning-");
    private readonly LoadedModel _model;

    public FineTuningTests() => _model = Planted("tiny", seed: 1);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void An_adapter_learns_the_answers_and_is_read_back_as_it_was_saved()
    {
        using var run = new FineTuning(_model, Data(), Options() with { Epochs = 20 });
        double before = run.HeldOutLoss()!.Value;
        run.Run(new Checkpoint(PathOf("a/checkpoint.safetensors")));
        run.Save(PathOf("a"));
        double after = run.HeldOutLoss()!.Value;
        Assert.True(after < before - 0.5, $"{before} → {after}");
        var loaded = _model.With(LoraAdapter.Load(PathOf("a")));
        Assert.Equal(after, MeanLoss(loaded, Data().Split(Options().HeldOutShare, Options().Seed).HeldOut), 1e-6);
    }

    [Fact]
    public void All_weights_learn_and_are_saved_as_a_model()
    {
        using var run = new FineTuning(_model, Data(), Options() with { Lora = null, LearningRate = 3e-3 });
        run.Run(new Checkpoint(PathOf("all/checkpoint.safetensors")));
        run.Save(PathOf("all"));
        double after = run.HeldOutLoss()!.Value;
        using var saved = ModelLoader.Load(PathOf("all"));
        Assert.NotNull(saved.ChatTemplate);
        Assert.Equal(after, MeanLoss(saved, Data().Split(Options().HeldOutShare, Options().Seed).HeldOut), 1e-5);
    }

    [Fact]
    public void A_tuning_killed_at_any_step_gives_the_adapter_of_one_that_was_not()
    {
        Tune("whole", stopAt: null);
        foreach (int stopAt in (int[])[1, 4, 6])
        {
            Tune($"killed {stopAt}", stopAt);
            Tune($"killed {stopAt}", stopAt: null);
            Assert.Equal(File.ReadAllBytes(PathOf("whole/adapter_model.safetensors")), File.ReadAllBytes(PathOf($"killed {stopAt}/adapter_model.safetensors")));
        }
    }

    [Fact]
    public void A_tuning_under_a_penalty_and_a_plan_killed_at_any_step_gives_the_adapter_of_one_that_was_not()
    {
        var options = Options() with { Penalty = Penalty(20) };
        Tune("whole", stopAt: null, options, Plan(1));
        Tune("killed", stopAt: 3, options, Plan(1));
        Tune("killed", stopAt: null, options, Plan(1));
        Assert.Equal(File.ReadAllBytes(PathOf("whole/adapter_model.safetensors")), File.ReadAllBytes(PathOf("killed/adapter_model.safetensors")));
        Tune("free", stopAt: null, Options(), Plan(1));
        Assert.NotEqual(File.ReadAllBytes(PathOf("whole/adapter_model.safetensors")), File.ReadAllBytes(PathOf("free/adapter_model.safetensors")));
    }

    [Fact]
    public void A_run_is_not_gone_on_with_under_another_penalty_or_plan()
    {
        Tune("run", stopAt: null, Options() with { Penalty = Penalty(20) }, Plan(1));
        foreach (var (options, plan) in (IEnumerable<(FineTuningOptions, SteeringPlan?)>)[(Options() with { Penalty = Penalty(21) }, Plan(1)), (Options(), Plan(1)), (Options() with { Penalty = Penalty(20) }, Plan(2)), (Options() with { Penalty = Penalty(20) }, null)])
            Assert.Contains("other data or options", Assert.Throws<TrainingException>(() => Tune("run", stopAt: null, options, plan)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rank")]
    [InlineData("alpha")]
    [InlineData("scaling")]
    [InlineData("dropout")]
    [InlineData("targets")]
    [InlineData("seed")]
    [InlineData("weights of the same shape")]
    [InlineData("precision")]
    public void A_run_is_not_gone_on_with_as_another_adapter_or_on_another_model(string changed)
    {
        var lora = new LoraOptions { Rank = 4, Alpha = 16, Dropout = 0.1, Targets = ["q_proj"] };
        Begin(_model, Options() with { Lora = lora });
        using var other = changed == "weights of the same shape" ? Planted("other", seed: 2) : null;
        using var rounded = changed == "precision" ? ModelLoader.Load(PathOf("tiny"), new LoadOptions { Quantise = DType.BF16 }) : null;
        var options = changed == "seed" ? Options() with { Lora = lora, Seed = 1 } : Options() with
        {
            Lora = changed switch
            {
                "rank" => lora with { Rank = 8 },
                "alpha" => lora with { Alpha = 64 },
                "scaling" => lora with { RankStabilised = true },
                "dropout" => lora with { Dropout = 0.2 },
                "targets" => lora with { Targets = ["v_proj"] },
                _ => lora,
            },
        };
        Assert.Contains("another model or adapter", Assert.Throws<TrainingException>(() => Begin(other ?? rounded ?? _model, options)).Message, StringComparison.Ordinal);

        void Begin(LoadedModel model, FineTuningOptions how)
        {
            using var run = new FineTuning(model, Data(), how);
            run.Run(new Checkpoint(PathOf("run/checkpoint.safetensors")));
        }
    }

    [Fact]
    public void A_longer_run_is_not_returned_as_a_shorter_one()
    {
        var options = Options() with { Schedule = new ConstantSchedule() };
        Tune("run", stopAt: null, options with { Epochs = 4 });
        Assert.Contains("steps cannot be taken back", Assert.Throws<TrainingException>(() => Tune("run", stopAt: null, options with { Epochs = 2 })).Message, StringComparison.Ordinal);
        Tune("run", stopAt: null, options with { Epochs = 5 });
    }

    [Fact]
    public void A_checkpoint_with_a_value_more_is_refused_by_its_name()
    {
        var checkpoint = new Checkpoint(PathOf("more/checkpoint.safetensors"));
        Tensor a = Tensor.From([1f, 2]), b = Tensor.From([3f]);
        checkpoint.Write(1, "run", [("a", a), ("b", b)]);
        Assert.Equal(1, checkpoint.Restore(_ => "run", [("a", a), ("b", b)]));
        Assert.Contains("holds b", Assert.Throws<TrainingException>(() => checkpoint.Restore(_ => "run", [("a", a)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_trains_no_value_more_and_leaves_no_tensor_in_the_adapter()
    {
        Tune("plain", stopAt: null, Options());
        Tune("steered", stopAt: null, Options(), Plan(1));
        using var plain = SafetensorsFile.Open(PathOf("plain/adapter_model.safetensors"));
        using var steered = SafetensorsFile.Open(PathOf("steered/adapter_model.safetensors"));
        Assert.Equal(plain.Names, steered.Names);
        Assert.Null(_model.With(LoraAdapter.Load(PathOf("steered"))).Steering);
    }

    [Fact]
    public void The_plan_of_a_run_bends_its_training_and_is_kept_with_the_adapter()
    {
        var plan = Plan(1);
        Tune("plain", stopAt: null);
        using var run = new FineTuning(_model, Data(), Options(), plan);
        run.Run(new Checkpoint(PathOf("steered/checkpoint.safetensors")));
        run.Save(PathOf("steered"));
        Assert.NotEqual(File.ReadAllBytes(PathOf("plain/adapter_model.safetensors")), File.ReadAllBytes(PathOf("steered/adapter_model.safetensors")));
        Assert.Equal(plan.ToJson(), LoraAdapter.Load(PathOf("steered")).TrainedUnderPlan);
        Assert.Null(LoraAdapter.Load(PathOf("plain")).TrainedUnderPlan);
    }

    [Fact]
    public void An_adapter_trained_without_a_plan_takes_away_the_one_that_lies_in_its_folder()
    {
        Tune("folder", stopAt: null, plan: Plan(1));
        File.Delete(PathOf("folder/checkpoint.safetensors"));
        Tune("folder", stopAt: null);
        Assert.Null(LoraAdapter.Load(PathOf("folder")).TrainedUnderPlan);
    }

    [Fact]
    public void A_plan_with_an_edit_that_no_chat_meets_is_refused_before_the_first_step()
    {
        var edit = new Add(Wave, Strength.Raw(1));
        var far = new Intervention([HookPoint.ResidPost(1)], Tokens.At(10_000), edit);
        // Prompts have no loss, so their rows get no logits.
        var unread = new Intervention([HookPoint.Logits], Tokens.At(0), new Add(Direction.Of(Tensor.Zeros(new Shape(_model.Config.VocabularySize))), Strength.Raw(1)));
        var met = new Intervention([HookPoint.ResidPost(0)], Tokens.Response, edit);
        foreach (var (idle, named) in (IEnumerable<(Intervention, string)>)[(far, "blocks.1.resid_post on tokens '10000'"), (unread, "logits on tokens '0'")])
            Assert.Contains($"{named} would never fire", Assert.Throws<SteeringException>(() => new FineTuning(_model, Data(), Options(), SteeringPlan.Of(met, idle))).Message, StringComparison.Ordinal);
        using var run = new FineTuning(_model, Data(), Options(), SteeringPlan.Of(met));
    }

    [Fact]
    public void A_model_that_is_adapted_or_steered_already_is_refused()
    {
        var adapter = LoraAdapter.Create(_model, new LoraOptions(), seed: 1);
        Assert.Contains("an adapter", Assert.Throws<ArgumentException>(() => new FineTuning(_model.With(adapter), Data(), Options())).Message, StringComparison.Ordinal);
        Assert.Contains("a plan", Assert.Throws<ArgumentException>(() => new FineTuning(_model.With(Plan(1)), Data(), Options())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_too_large_for_the_machine_is_refused_before_it_is_made()
    {
        using var run = new FineTuning(_model, Data(), Options());
        var estimate = run.EstimateMemory();
        run.RequireFits(estimate.TotalBytes);
        Assert.Contains("Lower the tokens of a pass", Assert.Throws<TrainingException>(() => run.RequireFits(estimate.TotalBytes - 1000)).Message, StringComparison.Ordinal);
        Assert.Contains("The values alone do not fit", Assert.Throws<TrainingException>(() => run.RequireFits(1000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_counted_for_the_largest_step_that_occurs()
    {
        using var asMuch = new FineTuning(_model, Data(), Options() with { PassTokens = 100_000 });
        using var more = new FineTuning(_model, Data(), Options() with { PassTokens = 200_000 });
        using var less = new FineTuning(_model, Data(), Options() with { PassTokens = 50 });
        Assert.Equal(asMuch.EstimateMemory(), more.EstimateMemory());
        Assert.True(less.EstimateMemory().PassBytes < asMuch.EstimateMemory().PassBytes);
    }

    private LoadedModel Planted(string name, int seed)
    {
        string path = PathOf(name);
        var vocabulary = new BytePairTrainer { VocabularySize = 300, SpecialTokens = ChatFormat.SpecialTokens }.Train(Chats(0, 20).SelectMany(chat => chat.Select(message => message.Content)));
        vocabulary.Write(path, ChatFormat.Settings);
        InitialModel.Write(path, Tiny, vocabulary.Size, vocabulary.IdOf(ChatFormat.EndToken), seed);
        return ModelLoader.Load(path);
    }

    private static double MeanLoss(LoadedModel model, IReadOnlyList<LossText> texts)
    {
        using var run = new LossRun(model);
        return run.MeanLoss(texts);
    }

    private static SteeringPlan Plan(float strength) => SteeringPlan.Of(new Intervention(HookPoint.ResidPost(0), new Add(Wave, Strength.Raw(strength))));

    private static ProjectionPenalty Penalty(double weight) => new(Wave, HookPoint.ResidPost(1), weight);

    private static Direction Wave { get; } = Direction.Of(Tensor.From([.. Enumerable.Range(0, 32).Select(i => MathF.Sin(i))]));

    private void Tune(string name, int? stopAt, FineTuningOptions? options = null, SteeringPlan? plan = null)
    {
        using var run = new FineTuning(_model, Data(), (options ?? Options()) with { Lora = new LoraOptions { Rank = 4, Dropout = 0.1 } }, plan);
        using var source = new CancellationTokenSource();
        var checkpoint = new Checkpoint(PathOf($"{name}/checkpoint.safetensors"));
        if (stopAt is { } step)
            Assert.Throws<OperationCanceledException>(() => run.Run(checkpoint, new Stop(step, source), source.Token));
        else
        {
            run.Run(checkpoint);
            run.Save(PathOf(name));
        }
    }

    private static FineTuningOptions Options() => new() { Lora = new LoraOptions { Rank = 4, Alpha = 16 }, Epochs = 3, BatchSize = 12, LearningRate = 2e-2, HeldOutShare = 0.2, CheckpointEvery = 2, PassTokens = 200 };

    private ChatDataset Data()
    {
        string path = PathOf("chats.jsonl");
        File.WriteAllLines(path, Chats(0, 40).Select(chat => $$"""{"messages": [{"role": "user", "content": "{{chat[0].Content}}"}, {"role": "assistant", "content": "{{chat[1].Content}}"}]}"""));
        return ChatDataset.Load(path, ChatEncoder.Of(_model));
    }

    private static IEnumerable<Chat> Chats(int first, int count) => Enumerable.Range(first, count).Select(i =>
        Chat.User(string.Create(CultureInfo.InvariantCulture, $"What is {i % 7} and {i % 5}?")).WithAssistant(string.Create(CultureInfo.InvariantCulture, $"It is {i % 7 + i % 5}.")));

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private sealed class Stop(int step, CancellationTokenSource source) : IProgress<TrainingStep>
    {
        public void Report(TrainingStep value)
        {
            if (value.Step == step)
                source.Cancel();
        }
    }
}
