using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>One answer of a conversation.</summary>
/// <param name="First">The position of its first token.</param>
/// <param name="Count">Its tokens, the one that ends it left away, as in generation.</param>
/// <param name="Traits">What was read, in the order of the traits.</param>
/// <param name="Events">The thresholds that were passed.</param>
public sealed record MonitoredTurn(int First, int Count, IReadOnlyList<AnswerReading> Traits, IReadOnlyList<MonitorEvent> Events);

/// <summary>A conversation that was read.</summary>
/// <param name="Text">Its tokens.</param>
/// <param name="Turns">Its answers, in order.</param>
/// <param name="Trace">The readings of all tokens.</param>
public sealed record MonitoredConversation(LossText Text, IReadOnlyList<MonitoredTurn> Turns, TraitTrace Trace);

/// <summary>
/// Reads written conversations, each in one pass up to the deepest hook point that is asked for. The readings are those that a generation of the same words would have had; rules record what they would have met there, and
/// neither stop nor cap anything.
/// </summary>
/// <param name="model">The model, or a view of it; under a steered view, the prompt ends where the first answer begins.</param>
/// <param name="traits">What to read; names are unique.</param>
/// <param name="options">Calibration and rules; none where null.</param>
public sealed class ConversationMonitor(LoadedModel model, IReadOnlyList<MonitoredTrait> traits, TraitMonitorOptions? options = null)
{
    private readonly TraitMonitorOptions _options = options ?? new TraitMonitorOptions();

    /// <summary>About how many tokens go through the model at once.</summary>
    public int PassTokens { get; init; } = 4096;

    /// <summary>Reads conversations as they come, some at a time: memory does not grow with their number.</summary>
    /// <param name="conversations">Texts whose tokens with a loss are the assistant's answers.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="SteeringException">As for <see cref="TraitMonitor"/>.</exception>
    public IEnumerable<MonitoredConversation> Read(IEnumerable<LossText> conversations, CancellationToken cancellation = default)
    {
        _options.Calibration?.Require(model, traits);
        var rules = _options.Rules.Bind(traits, _options.Calibration);
        foreach (var pass in LossText.InPasses(conversations, PassTokens))
            foreach (var conversation in Read(pass, rules, cancellation))
                yield return conversation;
    }

    private IEnumerable<MonitoredConversation> Read(IReadOnlyList<LossText> pass, IReadOnlyList<BoundRule> rules, CancellationToken cancellation)
    {
        // Without rules: those go by answers, of which a text may have several.
        var monitor = new TraitMonitor(model, traits, new TraitMonitorOptions { KeepsPrompt = true });
        var sequences = pass.Select(text => new Sequence(text.Ids, text.PromptLength, model.Steering)).ToArray();
        using (var run = new ModelRun(model, sequences, [monitor], stopAfter: monitor.Points.MaxBy(VectorPoints.Depth)))
            run.Forward(LogitRows.None, cancellation: cancellation);
        return pass.Zip(monitor.Texts, (text, read) => new MonitoredConversation(text, [.. Answers(text).Select(answer => Turn(read.Trace, answer.First, answer.Count, rules))], read.Trace));
    }

    private MonitoredTurn Turn(TraitTrace trace, int first, int count, IReadOnlyList<BoundRule> rules)
    {
        var watch = new RuleWatch(rules, traits.Count);
        for (int position = first - 1; position < first + count; position++)
            for (int trait = 0; trait < traits.Count; trait++)
                watch.Take(trait, position, trace[position][trait], isAnswer: position >= first);
        return new MonitoredTurn(first, count, trace.Answer(first, count), watch.Events);
    }

    private IEnumerable<(int First, int Count)> Answers(LossText text)
    {
        for (int first = 1, end; first < text.Ids.Length; first = end + 1)
        {
            for (end = first; end < text.Ids.Length && text.HasLoss[end]; end++) { }
            if (end > first)
                yield return (first, Spoken(text.Ids.AsSpan(first, end - first)));
        }
    }

    // Generation would have ended at the first end token, and its row would never have been computed.
    private int Spoken(ReadOnlySpan<int> answer) => answer.IndexOfAny(model.GenerationDefaults.StopTokens.AsSpan()) is > 0 and var end ? end : answer.Length;
}
