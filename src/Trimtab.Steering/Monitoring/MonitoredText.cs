using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>One text as a monitor has read it so far.</summary>
public sealed class MonitoredText
{
    private readonly Sequence _sequence;
    // The next position, for each trait, whose reading the rules have not seen. A text that starts over under other rotary frequencies is read again; what it is told of is not.
    private readonly int[] _next;

    internal MonitoredText(IReadOnlyList<MonitoredTrait> traits, IReadOnlyList<BoundRule> rules, Sequence sequence, bool keepsPrompt, Action<MonitoredText, MonitorEvent>? told)
    {
        int last = sequence.PromptLength - 1, first = keepsPrompt ? 0 : last;
        (_sequence, Rules, _next) = (sequence, new RuleWatch(rules, traits.Count, passed => told?.Invoke(this, passed)), new int[traits.Count]);
        Array.Fill(_next, last);
        Trace = new TraitTrace(traits, first, Math.Max(64, sequence.Ids.Count - first));
    }

    /// <summary>Every reading that is kept.</summary>
    public TraitTrace Trace { get; }

    /// <summary>The thresholds that were passed, in the order of the tokens.</summary>
    public IReadOnlyList<MonitorEvent> Events => Rules.Events;

    /// <summary>Every trait in what followed the prompt.</summary>
    public IReadOnlyList<AnswerReading> Answer => Trace.Answer(_sequence.PromptLength, Trace.End - _sequence.PromptLength);

    /// <summary>The token at a position.</summary>
    public int IdAt(int position) => _sequence.Ids[position];

    internal RuleWatch Rules { get; }

    internal void Take(int position, int trait, float value)
    {
        Trace.Set(position, trait, value);
        if (position != _next[trait])
            return;
        _next[trait]++;
        Rules.Take(trait, position, value, isAnswer: position >= _sequence.PromptLength);
    }
}
