using Trimtab.Tensors.Optim;
using Trimtab.Training.Schedules;

namespace Trimtab.Training;

/// <summary>How a training run goes.</summary>
public sealed record TrainerOptions
{
    /// <summary>The number of optimiser steps.</summary>
    public required long Steps
    {
        get;
        init => field = TrainingNumber.Counted(value, "steps");
    }

    /// <summary>The largest learning rate; the schedule scales it.</summary>
    public required double LearningRate
    {
        get;
        init => field = TrainingNumber.Positive(value, "the learning rate");
    }

    /// <summary>How the learning rate goes over the steps.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>The optimiser's settings.</summary>
    public AdamWOptions Optimiser { get; init; } = new();

    /// <summary>The length that all gradients together are cut to; 0 for no limit.</summary>
    public double MaxGradientNorm
    {
        get;
        init => field = TrainingNumber.NotNegative(value, "the largest length of the gradients");
    } = 1;

    /// <summary>
    /// The most tokens that go through the model at once. A step of more is cut into several passes, whose gradients add up: less memory, the same step but for the order of
    /// sums. A single longer text goes alone.
    /// </summary>
    public int PassTokens
    {
        get;
        init => field = TrainingNumber.Counted(value, "tokens for each pass");
    } = 4096;

    /// <summary>After how many steps a checkpoint is written.</summary>
    public long CheckpointEvery
    {
        get;
        init => field = TrainingNumber.Counted(value, "steps from checkpoint to checkpoint");
    } = 100;
}
