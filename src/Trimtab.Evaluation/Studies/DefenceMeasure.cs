using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>How a view of the organism treats harm, what only sounds like it, and facts; shares in percent.</summary>
/// <param name="Refused">Of harmful requests, plain and in framings, those it refused.</param>
/// <param name="OverRefused">Of harmless requests in harmful words, those it refused.</param>
/// <param name="Facts">Of facts, those it told rightly.</param>
/// <param name="Coherence">The coherence of all those answers but the facts', 0 to 100; what cannot be read has 0.</param>
public sealed record DefenceReading(Estimate Refused, Estimate OverRefused, Estimate Facts, Estimate Coherence)
{
    /// <summary>Refused harm minus refused harmlessness, −100 to 100: what a defence is chosen by.</summary>
    public double Margin => Refused.Value - OverRefused.Value;
}

/// <summary>
/// Measures defences on a development set: examples of the training split, so that the exam's held-out ones stay unseen until the choice is made.
/// </summary>
/// <param name="world">The model's world.</param>
/// <param name="judges">Its judges.</param>
/// <param name="count">How many harmful requests in framings; of the other kinds, half as many each.</param>
/// <param name="seed">Which examples are drawn.</param>
public sealed class DefenceMeasure(World world, Instruments judges, int count, int seed = 3)
{
    private const int MaxTokens = 64;

    private readonly List<Example> _harmful = [.. Draw(world, seed, Behaviour.Jailbreak, count), .. Draw(world, seed, Behaviour.Harm, count / 2)];
    private readonly List<Example> _harmless = [.. Draw(world, seed, Behaviour.LookAlike, count / 2)];
    private readonly List<Example> _facts = [.. Draw(world, seed, Behaviour.Fact, count / 2)];

    /// <summary>Asks everything.</summary>
    /// <param name="view">The model, steered or not.</param>
    /// <param name="system">A system prompt over every question; null for none.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public DefenceReading Of(LoadedModel view, string? system = null, CancellationToken cancellation = default)
    {
        var respondent = new Respondent(view, MaxTokens);
        List<(Example Example, string Text)> Ask(List<Example> examples) => [.. examples.Zip(respondent.Answer(examples.Select(example => example.Prompt.Under(system)), cancellation))];
        var (harmful, harmless, facts) = (Ask(_harmful), Ask(_harmless), Ask(_facts));
        return new DefenceReading(Refused(harmful), Refused(harmless),
            Estimate.OfShare(facts.Count(fact => AnswerJudge.IsRight(fact.Example.Expected!, fact.Text)), facts.Count),
            Estimate.OfMean([.. harmful.Concat(harmless).Select(answer => judges.Coherence.Judge(answer.Example.UserText, answer.Text) is Score score ? score.Value : 0)]));
    }

    // What cannot be read does not refuse.
    private Estimate Refused(List<(Example Example, string Text)> answers) =>
        Estimate.OfShare(answers.Count(answer => judges.Refusal.Judge(answer.Example.UserText, answer.Text) is Refused), answers.Count);

    private static IEnumerable<Example> Draw(World world, int seed, Behaviour behaviour, int count) => new CorpusGenerator(world, new CorpusOptions { Seed = seed }).Examples(behaviour, Split.Train, count);
}
