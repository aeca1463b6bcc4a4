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
        init => field = value >= 1 ? value : throw new ArgumentException($"Training: {value} steps were asked for — at least one is needed.", nameof(value));
    }

    /// <summary>The largest learning rate; the schedule scales it.</summary>
    public required double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentException("Training: the learning rate must be a number above 0.", nameof(value));
    }

    /// <summary>How the learning rate goes over the steps.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>The optimiser's settings.</summary>
    public AdamWOptions Optimiser { get; init; } = new();

    /// <summary>The length that all gradients together are cut to; 0 for no limit.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// The most tokens that go through the model at once. A step of more is cut into several passes, whose gradients add up: less memory, the same step but for the order of
    /// sums. A single longer text goes alone.
    /// </summary>
    public int PassTokens
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Training: {value} tokens for each pass were asked for — at least one is needed.", nameof(value));
    } = 4096;

    /// <summary>After how many steps a checkpoint is written.</summary>
    public long CheckpointEvery { get; init; } = 100;
}
