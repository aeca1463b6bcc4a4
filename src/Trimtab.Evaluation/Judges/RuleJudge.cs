using Trimtab.Evaluation.Personas;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Judges answers by the instruments of a model organism's world: no model is asked, and verdicts cost next to nothing. It reads that world's words only; answers in others are
/// <see cref="Unreadable"/>.
/// </summary>
public sealed class RuleJudge : IAnswerJudge
{
    // To be raised whenever the grammar or the instruments change so that a verdict could: kept verdicts are then not used again.
    private const int Revision = 1;

    private readonly Func<string, string, Judgement> _judge;

    private RuleJudge(Instruments judges, string measure, Func<string, string, Judgement> judge) =>
        (Identity, _judge) = (FormattableString.Invariant($"rules {Revision} of world {judges.World.Seed}: {measure}"), judge);

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>Judges how much answers show a trait; see <see cref="TraitJudge"/>.</summary>
    /// <param name="judges">The instruments of the world that the answers are about.</param>
    /// <param name="trait">The trait.</param>
    public static RuleJudge Of(Instruments judges, Trait trait)
    {
        ArgumentNullException.ThrowIfNull(judges);
        return new(judges, NameOf(trait), judges.Trait(trait).Judge);
    }

    /// <summary>The same for the trait that an artefact is about; its rubric is not read.</summary>
    /// <exception cref="ArgumentException">The world has no such trait.</exception>
    public static RuleJudge Of(Instruments judges, TraitArtefact artefact)
    {
        ArgumentNullException.ThrowIfNull(artefact);
        foreach (var trait in Traits.All)
            if (NameOf(trait) == artefact.Name)
                return Of(judges, trait);
        throw new ArgumentException($"Rules: the trait \"{artefact.Name}\" has no rules — the world has {string.Join(", ", Traits.All.Select(NameOf))}. Let a model or an endpoint judge it.", nameof(artefact));
    }

    /// <summary>Judges whether answers are sound; see <see cref="CoherenceJudge"/>.</summary>
    /// <param name="judges">The instruments of the world that the answers are about.</param>
    public static RuleJudge OfCoherence(Instruments judges)
    {
        ArgumentNullException.ThrowIfNull(judges);
        return new(judges, "coherence", judges.Coherence.Judge);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) =>
        Task.Run<IReadOnlyList<Verdict>>(() => [.. answers.Select(answer => Judge(answer, cancellation))], cancellation);

    private Verdict Judge(QuestionAndAnswer answer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new Verdict(_judge(answer.Question, answer.Answer));
    }

    private static string NameOf(Trait trait) => trait.ToString().ToLowerInvariant();
}
