using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>A rule for the traits that are read.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Trait">Which of the traits.</param>
/// <param name="Threshold">The threshold as a coordinate.</param>
internal sealed record BoundRule(MonitorRule Rule, int Trait, float Threshold)
{
    public bool IsBeyond(float value) => Rule.Comparison == GateComparison.Larger ? value > Threshold : value < Threshold;

    /// <summary>The clamp behind the reading. What leaves a block enters the next one, and only there an edit comes after those that the reading comes after.</summary>
    public Intervention Cap(MonitoredTrait trait, LoadedModel model)
    {
        if (trait.At.Site != Site.ResidPost || trait.At.Layer + 1 >= model.LayerCount)
            throw new SteeringException($"Rule '{Rule}': at {trait.At} there is no place for a cap, which stands where the row enters the next block. Read the trait at blocks.l.resid_post with l from 0 to {model.LayerCount - 2}.");
        var bound = Strength.Raw(Threshold);
        var clamp = Rule.Comparison == GateComparison.Larger ? new ClampProjection(trait.Elsewhere, max: bound) : new ClampProjection(trait.Elsewhere, min: bound);
        return new Intervention([new HookPoint(Site.ResidPre, trait.At.Layer + 1)], Rule.Reading == MonitorReading.Prompt ? Tokens.Last : Tokens.AfterPrompt, clamp);
    }
}

/// <summary>Compares the readings of one answer with the rules, token by token.</summary>
/// <param name="rules">The rules.</param>
/// <param name="traits">How many traits are read.</param>
/// <param name="told">Told of every event as it comes; null for nobody.</param>
internal sealed class RuleWatch(IReadOnlyList<BoundRule> rules, int traits, Action<MonitorEvent>? told = null)
{
    private readonly bool[] _beyond = new bool[rules.Count];
    private readonly double[] _sums = new double[traits];
    private readonly int[] _counts = new int[traits];
    private readonly List<MonitorEvent> _events = [];

    public IReadOnlyList<MonitorEvent> Events => _events;

    /// <summary>Whether a rule asked for the end of the answer.</summary>
    public bool Stops { get; private set; }

    /// <summary>Takes the reading at the token before the answer, and then at each of the answer's tokens.</summary>
    public void Take(int trait, int position, float value, bool isAnswer)
    {
        if (isAnswer)
        {
            _sums[trait] += value;
            _counts[trait]++;
        }
        for (int i = 0; i < rules.Count; i++)
            if (rules[i].Trait == trait && Compared(rules[i].Rule, trait, value, isAnswer) is { } compared)
                See(i, position, compared);
    }

    // A cap on tokens holds for the prompt's last row as well: that row chooses the first token.
    private float? Compared(MonitorRule rule, int trait, float value, bool isAnswer) => rule.Reading switch
    {
        MonitorReading.Prompt => isAnswer ? null : value,
        MonitorReading.Token => isAnswer || rule.Action == MonitorAction.Cap ? value : null,
        _ => isAnswer && _counts[trait] >= rule.FromToken ? (float)(_sums[trait] / _counts[trait]) : null,
    };

    private void See(int index, int position, float value)
    {
        bool isBeyond = rules[index].IsBeyond(value);
        bool isPassed = isBeyond && !_beyond[index];
        _beyond[index] = isBeyond;
        if (!isPassed)
            return;
        var passed = new MonitorEvent(rules[index].Rule, position, value, rules[index].Threshold);
        _events.Add(passed);
        Stops |= passed.Rule.Action == MonitorAction.Stop;
        told?.Invoke(passed);
    }
}
