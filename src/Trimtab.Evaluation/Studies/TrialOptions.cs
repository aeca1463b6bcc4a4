namespace Trimtab.Evaluation.Studies;

/// <summary>How treatments are tried and judged.</summary>
public sealed record TrialOptions
{
    /// <summary>Answers drawn for each question of a strength that is tried.</summary>
    public int Tries { get; init => field = AtLeastOne(value, "tries"); } = 2;

    /// <summary>Answers drawn for each question of an arm that is reported.</summary>
    public int Samples { get; init => field = AtLeastOne(value, "samples"); } = 6;

    /// <summary>
    /// Facts that each arm is asked; those of a trial are others than those of a report, as long as they are no more than half of the world's. Few facts cannot show that nothing is lost; the default is nearly that half.
    /// </summary>
    public int Facts { get; init => field = AtLeastOne(value, "facts"); } = 160;

    /// <summary>The coherence, 0 to 100, that a strength must keep to be chosen.</summary>
    public double LeastCoherence
    {
        get;
        init => field = value is >= 0 and <= 100 ? value : throw new ArgumentException(FormattableString.Invariant($"Trial: the least coherence is {value} — it must be 0 to 100."), nameof(value));
    } = 75;

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init => field = AtLeastOne(value, "tokens of an answer"); } = 64;

    /// <summary>Decides all draws.</summary>
    public int Seed { get; init; } = 1;

    private static int AtLeastOne(int value, string what) => value >= 1 ? value : throw new ArgumentException($"Trial: {value} {what} were asked for — at least one is needed.", nameof(value));
}
