namespace Trimtab.Steering.Monitoring;

/// <summary>One trait over all conversations that were read.</summary>
/// <param name="Trait">The trait's name.</param>
/// <param name="Before">The mean over answers of the reading before each.</param>
/// <param name="Answers">The mean over answers of their means.</param>
/// <param name="Largest">The largest reading at a token of an answer.</param>
/// <param name="LargestIn">The conversation that holds it, counted from 1.</param>
public sealed record TraitSummary(string Trait, double Before, double Answers, float Largest, int LargestIn);

/// <summary>Sums up conversations as they are read.</summary>
public sealed class MonitorSummary
{
    private readonly List<Sums> _sums = [];
    private readonly Dictionary<MonitorAction, int> _events = [];

    /// <summary>Conversations so far.</summary>
    public int Conversations { get; private set; }

    /// <summary>Answers so far.</summary>
    public int Answers { get; private set; }

    /// <summary>How often a threshold was passed, by what its rule does.</summary>
    public IReadOnlyDictionary<MonitorAction, int> Events => _events;

    /// <summary>Every trait over the answers so far.</summary>
    public IReadOnlyList<TraitSummary> Traits => [.. _sums.Select(sum => new TraitSummary(sum.Trait, sum.Before / Answers, sum.Means / Answers, sum.Largest, sum.LargestIn))];

    /// <summary>Adds a conversation.</summary>
    public void Add(MonitoredConversation conversation)
    {
        Conversations++;
        foreach (var turn in conversation.Turns)
        {
            Answers++;
            foreach (var (index, reading) in turn.Traits.Index())
            {
                if (index == _sums.Count)
                    _sums.Add(new Sums(reading.Trait));
                _sums[index].Add(reading, Conversations);
            }
            foreach (var passed in turn.Events)
                _events[passed.Rule.Action] = _events.GetValueOrDefault(passed.Rule.Action) + 1;
        }
    }

    private sealed class Sums(string trait)
    {
        public string Trait => trait;

        public double Before { get; private set; }

        public double Means { get; private set; }

        public float Largest { get; private set; } = float.NegativeInfinity;

        public int LargestIn { get; private set; }

        public void Add(AnswerReading reading, int conversation)
        {
            Before += reading.Before;
            Means += reading.Mean ?? 0;
            if (reading.Largest > Largest)
                (Largest, LargestIn) = (reading.Largest.Value, conversation);
        }
    }
}
