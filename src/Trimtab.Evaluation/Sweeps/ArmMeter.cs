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
    /// <summary>Asks one way of running the model, and has its answers judged. An answer whose coherence has no score counts as 0: left out, the worst strengths would look sound.</summary>
    /// <param name="name">What the arm is called.</param>
    /// <param name="view">The model, or a steered view of it.</param>
    /// <param name="layer">The block after which it steers; null where it does not.</param>
    /// <param name="strength">The strength, as a fraction of the residual norm; 0 for none.</param>
    /// <param name="asked">The questions, and the conversations that ask them.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<Arm> Measure(string name, LoadedModel view, int? layer, float strength, IReadOnlyList<(string Question, Chat Chat)> asked, CancellationToken cancellation = default)
    {
        var texts = new Respondent(view, maxTokens).Draw(asked.Select(question => question.Chat), seed, cancellation: cancellation);
        QuestionAndAnswer[] answers = [.. asked.Zip(texts, (question, text) => new QuestionAndAnswer(question.Question, text))];
        var traits = await trait.Judge(answers, cancellation).ConfigureAwait(false);
        var sound = await coherence.Judge(answers, cancellation).ConfigureAwait(false);
        double[] scores = [.. traits.Select(verdict => verdict.Judgement).OfType<Score>().Select(score => score.Value)];
        return new Arm(name, layer, strength, scores.Length > 0 ? Estimate.OfMean(scores) : new Estimate(0, 0, 0, 0),
            Estimate.OfMean([.. sound.Select(verdict => verdict.Judgement is Score score ? score.Value : 0)]), null,
            traits.Count(verdict => verdict.Judgement is Refused), traits.Count(verdict => verdict.Judgement is Unreadable), [.. answers.Select(answer => new ArmAnswer(answer.Question, answer.Answer))]);
    }
}
