namespace Trimtab.Training.Schedules;

/// <summary>How the learning rate goes over a run, as a factor on the largest one.</summary>
public abstract record LearningRateSchedule
{
    /// <summary>Steps over which the rate rises from 0 along a straight line.</summary>
    public long WarmUpSteps
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentException($"Schedule: {value} steps of warm-up were asked for — none, or more, are possible.", nameof(value));
    }

    /// <summary>The factor for a step.</summary>
    /// <param name="step">Which step, from 0.</param>
    /// <param name="totalSteps">The steps of the whole run.</param>
    public double At(long step, long totalSteps) => step < WarmUpSteps
        ? (double)step / Math.Max(1, WarmUpSteps)
        : After((double)(step - WarmUpSteps) / Math.Max(1, totalSteps - WarmUpSteps));

    /// <summary>The factor behind the warm-up, where a share 0 … 1 of the rest is done.</summary>
    protected abstract double After(double done);
}

/// <summary>Stays.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double After(double done) => 1;
}

/// <summary>Falls to 0 along a straight line, as transformers' "linear".</summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double After(double done) => Math.Max(0, 1 - done);
}

/// <summary>Falls along half a cosine, as transformers' "cosine" where it ends at 0.</summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>The factor at the end.</summary>
    public double Floor { get; init; }

    /// <inheritdoc/>
    protected override double After(double done) => Floor + (1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done)));
}
