using System.Globalization;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>What a rule compares.</summary>
public enum MonitorReading
{
    /// <summary>The reading at the prompt's last token, before the first token of the answer.</summary>
    Prompt,
    /// <summary>The reading at each token of the answer.</summary>
    Token,
    /// <summary>The mean over the answer's tokens so far.</summary>
    RunningMean,
}

/// <summary>What happens when a threshold is passed. Whatever it is, an event is recorded.</summary>
public enum MonitorAction
{
    /// <summary>Nothing more.</summary>
    Log,
    /// <summary>The event counts as an alarm, which commands tell at once.</summary>
    Alarm,
    /// <summary>The generation ends before the next token is chosen.</summary>
    Stop,
    /// <summary>The model goes on with the coordinate at the threshold instead (<see cref="ClampProjection"/>); always installed, it acts where the threshold is passed.</summary>
    Cap,
}

/// <summary>One threshold of one trait.</summary>
/// <param name="Trait">The trait's name.</param>
/// <param name="Reading">What is compared.</param>
/// <param name="Threshold">With what.</param>
/// <param name="Action">What happens.</param>
public sealed record MonitorRule(string Trait, MonitorReading Reading, MonitorLevel Threshold, MonitorAction Action)
{
    /// <summary>Which side of the threshold counts; the threshold itself does not. Default: larger.</summary>
    public GateComparison Comparison { get; init; }

    /// <summary>From how many tokens of the answer on a running mean counts, 1 or more: that of few tokens varies as single tokens do. Default 1.</summary>
    public int FromToken { get; init; } = 1;

    /// <summary>The rule in words.</summary>
    public override string ToString() => $"{Trait}: {MonitorForms.Name(Reading)} {Comparison.Name()} than {Threshold} ({MonitorForms.Name(Action)})";

    /// <summary>What is wrong with the rule; null for nothing.</summary>
    internal string? Problem() =>
        Action == MonitorAction.Cap && Reading == MonitorReading.RunningMean ? "a running mean cannot be capped; cap each token"
        : FromToken < 1 ? $"a running mean counts from token {FromToken} on, and 1 is the first"
        : FromToken > 1 && Reading != MonitorReading.RunningMean ? "only a running mean has a token from which on it counts"
        : null;
}

/// <summary>A threshold that was passed. While a reading stays beyond it there is no other event.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Position">The token, by its position in the text.</param>
/// <param name="Value">The reading, or the running mean up to there.</param>
/// <param name="Threshold">The threshold as a coordinate, whatever unit the rule gives it in.</param>
public sealed record MonitorEvent(MonitorRule Rule, int Position, float Value, float Threshold)
{
    /// <summary>Which token passed which threshold.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rule} — {Value:G4} at token {Position}, threshold {Threshold:G4}");
}
