using Trimtab.Models.Adapters;
using Trimtab.Tensors.Optim;
using Trimtab.Training.Data;
using Trimtab.Training.Prevention;
using Trimtab.Training.Schedules;

namespace Trimtab.Training;

/// <summary>How a model is fine-tuned on chats.</summary>
public sealed record FineTuningOptions
{
    /// <summary>The adapter that is trained; null to train all weights.</summary>
    public LoraOptions? Lora { get; init; } = new();

    /// <summary>How often the data is gone through.</summary>
    public int Epochs
    {
        get;
        init => field = TrainingNumber.Counted(value, "epochs");
    } = 1;

    /// <summary>The most chats in a step.</summary>
    public int BatchSize
    {
        get;
        init => field = TrainingNumber.Counted(value, "chats for each step");
    } = 16;

    /// <summary>The largest learning rate; 1e-4 is usual for adapters, 1e-5 for all weights.</summary>
    public double LearningRate
    {
        get;
        init => field = TrainingNumber.Positive(value, "the learning rate");
    } = 1e-4;

    /// <summary>How the learning rate goes over the steps.</summary>
    public LearningRateSchedule Schedule { get; init; } = new LinearSchedule { WarmUpSteps = 5 };

    /// <summary>The share of a weight that a step takes away, times the learning rate.</summary>
    public double WeightDecay
    {
        get;
        init => field = TrainingNumber.NotNegative(value, "the weight decay");
    } = 0.01;

    /// <summary>The length that all gradients together are cut to; 0 for no limit.</summary>
    public double MaxGradientNorm
    {
        get;
        init => field = TrainingNumber.NotNegative(value, "the largest length of the gradients");
    } = 1;

    /// <summary>What the loss grows by where training moves the model along a direction; null for nothing.</summary>
    public ProjectionPenalty? Penalty { get; init; }

    /// <summary>The most tokens that go through the model at once; a step of more adds up the gradients of several passes.</summary>
    public int PassTokens
    {
        get;
        init => field = TrainingNumber.Counted(value, "tokens for each pass");
    } = 2048;

    /// <summary>The share of the chats that is held out, to be tested on before and after; 0 … 1, 1 excluded, 0 for none.</summary>
    public double HeldOutShare
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentException(FormattableString.Invariant($"Training: a share of {value} was to be held out — it must be 0 … 1, 1 excluded."), nameof(value));
    } = 0.1;

    /// <summary>Decides the adapter's first values, which chats are held out, their order, and what dropout leaves out.</summary>
    public int Seed { get; init; }

    /// <summary>After how many steps a checkpoint is written.</summary>
    public long CheckpointEvery
    {
        get;
        init => field = TrainingNumber.Counted(value, "steps from checkpoint to checkpoint");
    } = 50;

    internal TrainerOptions TrainerOptions(EpochStream texts) => new()
    {
        Steps = texts.StepsOf(Epochs),
        LearningRate = LearningRate,
        Schedule = Schedule,
        Optimiser = new AdamWOptions { WeightDecay = WeightDecay },
        MaxGradientNorm = MaxGradientNorm,
        PassTokens = PassTokens,
        CheckpointEvery = CheckpointEvery,
    };
}
