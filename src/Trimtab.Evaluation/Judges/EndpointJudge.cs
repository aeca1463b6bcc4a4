using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Personas;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Judges by a model behind an OpenAI-compatible endpoint, which is asked with a rubric as the user's only message. Where the endpoint tells the probabilities of the first token
/// and writes numbers as single tokens, the score is their mean, Σ v p(v) / Σ p(v) over the numbers among the twenty likeliest tokens (Chen et al. 2025, appendix A); elsewhere
/// it is the number that the endpoint writes.
/// </summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="rubric">What it is asked, with {question} and {answer}: an artefact's rubric, or <see cref="CoherenceRubric.Text"/>.</param>
/// <exception cref="ArgumentException">The rubric lacks a place.</exception>
public sealed class EndpointJudge(ChatEndpoint endpoint, string rubric) : IAnswerJudge
{
    private const int Alternatives = 20, NumberTokens = 1, PlainTokens = 8;
    private const string Trial = "Write the number 85 and nothing else.";
    private const int TrialNumber = 85;

    // What an endpoint answers where it refuses one answer's words, and not the key, the model or the load.
    private const int BadRequest = 400, Unprocessable = 422;

    private readonly string _rubric = RubricText.RequirePlaces(rubric);

    /// <inheritdoc/>
    public string Identity => $"endpoint {endpoint.Name}, rubric {RubricText.Hash(_rubric)}";

    /// <inheritdoc/>
    /// <exception cref="EndpointException">The endpoint cannot be asked. What it refuses of single answers is <see cref="Unreadable"/> instead.</exception>
    public async Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count == 0)
            return [];
        bool byProbability = await WritesNumbersWhole(cancellation).ConfigureAwait(false);
        var verdicts = new Verdict[answers.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = endpoint.Options.Concurrency, CancellationToken = cancellation };
        await Parallel.ForAsync(0, answers.Count, options, async (index, token) => verdicts[index] = await Judge(answers[index], byProbability, token).ConfigureAwait(false)).ConfigureAwait(false);
        return verdicts;
    }

    // With digits as tokens the first one of "85" is an 8, and would be taken for the score.
    private async Task<bool> WritesNumbersWhole(CancellationToken cancellation)
    {
        try
        {
            var reply = await endpoint.Ask(Chat.User(Trial), NumberTokens, Alternatives, cancellation).ConfigureAwait(false);
            return reply.First is [var likeliest, ..] && ScoreText.Number(likeliest.Text) == TrialNumber;
        }
        catch (EndpointException e) when (IsRefusedRequest(e))
        {
            // Some endpoints refuse to tell probabilities. If it is something else, the plain request says so.
            await endpoint.Ask(Chat.User(Trial), PlainTokens, cancellation: cancellation).ConfigureAwait(false);
            return false;
        }
    }

    private async Task<Verdict> Judge(QuestionAndAnswer answer, bool byProbability, CancellationToken cancellation)
    {
        var chat = Chat.User(RubricText.Fill(_rubric, answer.Question, answer.Answer));
        try
        {
            var reply = await endpoint.Ask(chat, byProbability ? NumberTokens : PlainTokens, byProbability ? Alternatives : 0, cancellation).ConfigureAwait(false);
            return new Verdict(JudgementOf(reply, byProbability), reply.Raw);
        }
        catch (EndpointException e) when (IsRefusedRequest(e))
        {
            return new Verdict(new Unreadable($"the endpoint refused to judge it (HTTP {e.Status})"), e.Message);
        }
    }

    private static Judgement JudgementOf(EndpointReply reply, bool byProbability) => reply switch
    {
        { Finish: "content_filter" } => new Unreadable("the endpoint's content filter kept its verdict back"),
        // The judge declines to judge; that says nothing of the answer.
        { Refusal: not null } => new Unreadable("the endpoint declined to judge it"),
        { First: [] } when byProbability => new Unreadable("the endpoint gave no probabilities"),
        _ => byProbability ? MassOf(reply.First).Judgement() : ScoreText.Read(reply.Text),
    };

    private static ScoreMass MassOf(IEnumerable<TokenChance> tokens)
    {
        var mass = new ScoreMass();
        foreach (var token in tokens)
            if (ScoreText.Number(token.Text) is { } value)
                mass.AddNumber(value, token.Probability);
            else if (ScoreText.BeginsRefusal(token.Text))
                mass.AddRefusal(token.Probability);
        return mass;
    }

    private static bool IsRefusedRequest(EndpointException e) => e.Status is BadRequest or Unprocessable;
}
