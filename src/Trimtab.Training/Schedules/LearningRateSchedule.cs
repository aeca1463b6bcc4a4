using System.Globalization;
using System.Text;

namespace Trimtab.Training.Schedules;

/// <summary>
/// How the learning rate goes over a run, as a factor on the largest one: it rises along a straight line from 0, and then does what the schedule says. The factors are those of
/// transformers' schedules of the same names, for steps counted from 0.
/// </summary>
public abstract record LearningRateSchedule
{
    /// <summary>Steps over which the rate rises. Default 0; excludes <see cref="WarmUpShare"/>.</summary>
    public long WarmUpSteps
    {
        get;
        init => field = value < 0 ? throw new ArgumentException($"Schedule: {value} steps of warm-up were asked for — none, or more, are possible.", nameof(value))
            : RequireOne(value, value > 0 && WarmUpShare > 0);
    }

    /// <summary>The share of all steps over which the rate rises, 0 … 1, rounded up to whole steps. Default 0; excludes <see cref="WarmUpSteps"/>.</summary>
    public double WarmUpShare
    {
        get;
        init => field = value is >= 0 and <= 1 ? RequireOne(value, value > 0 && WarmUpSteps > 0)
            : throw new ArgumentException(FormattableString.Invariant($"Schedule: a share of {value} of the steps was asked for as warm-up — it must lie in 0 … 1."), nameof(value));
    }

    /// <summary>The factor for a step, 0 … 1. Past the end of the run it is that of the end.</summary>
    /// <param name="step">Which step, from 0.</param>
    /// <param name="totalSteps">The steps of the whole run, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative, or there are no steps.</exception>
    public double At(long step, long totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        long warmUp = WarmUpShare > 0 ? (long)Math.Ceiling(WarmUpShare * totalSteps) : WarmUpSteps;
        return step < warmUp ? (double)step / warmUp : After(Math.Min(1, (double)(step - warmUp) / Math.Max(1, totalSteps - warmUp)));
    }

    /// <summary>The factors of the first steps of a run, as text: what those steps depend on. It may be the same for a longer run.</summary>
    internal string Identity(long steps, long totalSteps)
    {
        var identity = new StringBuilder();
        for (long step = 0; step < steps; step++)
            identity.Append(CultureInfo.InvariantCulture, $"{At(step, totalSteps):R} ");
        return identity.ToString();
    }

    /// <summary>The factor behind the warm-up, where a share 0 … 1 of the rest is done.</summary>
    protected abstract double After(double done);

    private static T RequireOne<T>(T value, bool areBoth) => !areBoth ? value
        : throw new ArgumentException("Schedule: the warm-up is given in steps and as a share — only one can hold. Leave the other at 0.", nameof(value));
}

/// <summary>Stays.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double After(double done) => 1;
}

/// <summary>Falls to 0 along a straight line.</summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double After(double done) => 1 - done;
}

/// <summary>Falls along half a cosine: slowly, fast, slowly (Loshchilov and Hutter 2016, arXiv 1608.03983, equation 5).</summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>The factor at the end, 0 … 1. Default 0, as transformers has it.</summary>
    public double Floor
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentException(FormattableString.Invariant($"Schedule: a factor of {value} was asked for at the end — it must lie in 0 … 1."), nameof(value));
    }

    /// <inheritdoc/>
    protected override double After(double done) => Floor + (1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * done));
}

/// <summary>
/// Stays, and falls along a straight line over the last part of the run (warm-up, stable, decay: Hu et al. 2024, arXiv 2404.06395, section 4). Until it falls it is the same whatever the
/// number of steps, so that a run can be ended sooner or made longer from one of its checkpoints.
/// </summary>
public sealed record StableSchedule : LearningRateSchedule
{
    /// <summary>The share of the steps behind the warm-up over which the rate falls, above 0 and up to 1. Default 0.2.</summary>
    public double FallShare
    {
        get;
        init => field = value is > 0 and <= 1 ? value
            : throw new ArgumentException(FormattableString.Invariant($"Schedule: the rate was to fall over a share of {value} of the steps — it must lie above 0 and up to 1."), nameof(value));
    } = 0.2;

    /// <inheritdoc/>
    protected override double After(double done) => Math.Min(1, (1 - done) / FallShare);
}
