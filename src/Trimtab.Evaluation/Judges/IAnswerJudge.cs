namespace Trimtab.Evaluation.Judges;

/// <summary>An answer to be judged.</summary>
/// <param name="Question">The user's last words.</param>
/// <param name="Answer">The answer.</param>
public sealed record QuestionAndAnswer(string Question, string Answer);

/// <summary>What a judge said of an answer.</summary>
/// <param name="Judgement">A score, a refusal, or why there is neither.</param>
/// <param name="Raw">The judge's own words or probabilities, as they came; empty for a judge that goes by rules.</param>
public sealed record Verdict(Judgement Judgement, string Raw = "");

/// <summary>Judges answers: by rules, by a model's probabilities, or by asking an endpoint.</summary>
public interface IAnswerJudge
{
    /// <summary>What judges and by which words, in one line that changes when verdicts could: it decides whether kept verdicts are used again.</summary>
    string Identity { get; }

    /// <summary>Judges answers together; verdicts come in their order and do not depend on which go together.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default);
}
