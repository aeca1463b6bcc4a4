using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>
/// Measures ways of running a model alike: arms that are asked the same questions get the same draws, and the same judges, who do not know the arm, read their answers.
/// </summary>
/// <param name="trait">Judges how much an answer shows the trait.</param>
/// <param name="coherence">Judges whether it is sound.</param>
/// <param name="maxTokens">The most tokens of an answer.</param>
/// <param name="seed">Decides the draws.</param>
public sealed class ArmMeter(IAnswerJudge trait, IAnswerJudge coherence, int maxTokens, int seed)
{
    /// <summary>
    /// Asks one way of running the model, and has its answers judged. Means are over the answers that have a score, their intervals over questions: answers to one question resemble each other. What has none is counted beside.
    /// </summary>
    /// <param name="name">What the arm is called.</param>
    /// <param name="view">The model, or a steered view of it.</param>
    /// <param name="layer">The block after which it steers; null where it does not.</param>
    /// <param name="strength">The strength, as the arm is to tell it; 0 for none.</param>
    /// <param name="asked">The questions, and the conversations that ask them.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<Arm> Measure(string name, LoadedModel view, int? layer, float strength, IReadOnlyList<(string Question, Chat Chat)> asked, CancellationToken cancellation = default)
    {
        var texts = new Respondent(view, maxTokens).Draw(asked.Select(question => question.Chat), seed, cancellation: cancellation);
        QuestionAndAnswer[] answers = [.. asked.Zip(texts, (question, text) => new QuestionAndAnswer(question.Question, text))];
        var traits = await trait.Judge(answers, cancellation).ConfigureAwait(false);
        var sound = await coherence.Judge(answers, cancellation).ConfigureAwait(false);
        return new Arm(name, layer, strength, Mean(answers, traits), Mean(answers, sound), null, Count<Refused>(traits), Count<Unreadable>(traits),
            [.. answers.Select((answer, index) => new ArmAnswer(answer.Question, answer.Answer, traits[index], sound[index]))], Count<Refused>(sound), Count<Unreadable>(sound));
    }

    private static Estimate Mean(QuestionAndAnswer[] answers, IReadOnlyList<Verdict> verdicts)
    {
        var scores = answers.Zip(verdicts).Where(pair => pair.Second.Judgement is Score).ToLookup(pair => pair.First.Question, pair => ((Score)pair.Second.Judgement).Value);
        return scores.Count == 0 ? Estimate.None : Estimate.OfGroups(scores.Select(question => question.ToArray()));
    }

    private static int Count<T>(IEnumerable<Verdict> verdicts) where T : Judgement => verdicts.Count(verdict => verdict.Judgement is T);
}
