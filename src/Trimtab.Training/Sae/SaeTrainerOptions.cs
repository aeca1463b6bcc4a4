using Trimtab.Training.Schedules;

namespace Trimtab.Training.Sae;

/// <summary>How a sparse autoencoder is trained, whatever its kind.</summary>
public sealed record SaeTrainerOptions
{
    /// <summary>F, the number of latents.</summary>
    public required int Latents
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"SAE: {value} latents were asked for — at least one is needed.", nameof(value));
    }

    /// <summary>The number of optimiser steps; each takes one batch.</summary>
    public required long Steps
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"SAE: {value} steps were asked for — at least one is needed.", nameof(value));
    }

    /// <summary>The largest learning rate; null for 2e-4 / √(F / 16384), as Gao et al. (2024) found it to scale.</summary>
    public double? LearningRate
    {
        get;
        init => field = value is null or > 0 && value is not double.PositiveInfinity ? value : throw new ArgumentException("SAE: the learning rate must be a number above 0.", nameof(value));
    }

    /// <summary>How the learning rate goes over the steps. Default: a rise over a twentieth of the steps, a fall over the last fifth.</summary>
    public LearningRateSchedule Schedule { get; init; } = new StableSchedule { WarmUpShare = 0.05 };

    /// <summary>
    /// Scales the rows so that their mean square is 1 per value while training goes on, so that settings carry over from model to model. The scale is taken back into biases and thresholds when the autoencoder is done,
    /// which then takes activations as they are. Default true.
    /// </summary>
    public bool Normalise { get; init; } = true;

    /// <summary>From how many rows without firing on a latent is dead. Default 10 million, as in sparsify; take fewer for short runs.</summary>
    public long DeadAfterRows { get; init; } = 10_000_000;

    /// <summary>Decides the first directions.</summary>
    public int Seed { get; init; } = 1;

    internal double Rate => LearningRate ?? 2e-4 / Math.Sqrt(Latents / 16384.0);
}
