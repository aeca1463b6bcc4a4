using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>Facts of a world that a model is asked for, in forms that training never held: whether a steer costs what the model knows.</summary>
public sealed class KnownFacts
{
    private readonly List<Example> _facts;
    private readonly int _maxTokens;

    /// <summary>Some facts of a world, spread over all of them.</summary>
    /// <param name="world">The world.</param>
    /// <param name="count">How many; at least one.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="between">Whether to take the facts between those that are taken otherwise, so that what was chosen by some can be judged by others.</param>
    public KnownFacts(World world, int count, int maxTokens, bool between = false)
    {
        _facts = Spread([.. new CorpusGenerator(world).Facts(Split.HeldOut)], count, between);
        _maxTokens = maxTokens;
    }

    /// <summary>Some of all facts. Those of a relation stand together: every so manyth touches all relations.</summary>
    internal static List<Example> Spread(List<Example> all, int count, bool between = false) => [.. Enumerable.Range(0, count).Select(i => all[(int)((2L * i + (between ? 1 : 0)) * all.Count / (2L * count))])];

    /// <summary>The facts that a model tells rightly, in percent, with its likeliest answers.</summary>
    /// <param name="view">The model, or a steered view of it.</param>
    /// <param name="system">The system prompt that it is asked under; null for none.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public Estimate Told(LoadedModel view, string? system = null, CancellationToken cancellation = default)
    {
        var told = Each(view, system, cancellation);
        return Estimate.OfShare(told.Count(right => right), told.Count);
    }

    /// <summary>Of each fact whether a model tells it rightly. The facts and their order are the same for every model, so that two can be compared fact by fact.</summary>
    /// <inheritdoc cref="Told"/>
    public IReadOnlyList<bool> Each(LoadedModel view, string? system = null, CancellationToken cancellation = default)
    {
        var answers = new Respondent(view, _maxTokens).Answer(_facts.Select(fact => system is null ? fact.Prompt : Chat.System(system).WithUser(fact.UserText)), cancellation);
        return [.. _facts.Zip(answers, (fact, answer) => AnswerJudge.IsRight(fact.Expected!, answer))];
    }
}
