using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Personas;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Judges by a model behind an OpenAI-compatible endpoint, which is asked with a rubric as the user's only message. Where the endpoint tells the probabilities of the first token
/// and writes numbers as single tokens, the score is their mean, Σ v p(v) / Σ p(v) over the numbers among the twenty likeliest tokens (Chen et al. 2025, appendix A); elsewhere
/// it is the number that the endpoint writes. Which of the two is found out once, before the first answer, and stands in the identity: scores of both ways do not belong together.
/// </summary>
public sealed class EndpointJudge : IAnswerJudge
{
    private const int Alternatives = 20, NumberTokens = 1, PlainTokens = 8;
    private const string Trial = "Write the number 85 and nothing else.";
    private const int TrialNumber = 85;

    // What an endpoint answers where it refuses one answer's words, and not the key, the model or the load.
    private const int BadRequest = 400, Unprocessable = 422;

    private readonly ChatEndpoint _endpoint;
    private readonly string _rubric;
    private readonly bool _byProbability;

    private EndpointJudge(ChatEndpoint endpoint, string rubric, bool byProbability)
    {
        (_endpoint, _rubric, _byProbability) = (endpoint, rubric, byProbability);
        Identity = $"endpoint {endpoint.Name}, by {(byProbability ? "probabilities" : "written numbers")}, rubric {RubricText.Hash(rubric)}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>A judge, after a trial of one request, or two, of how the endpoint can tell a number.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="rubric">What it is asked, with {question} and {answer}: an artefact's rubric, or <see cref="CoherenceRubric.Text"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The rubric lacks a place.</exception>
    /// <exception cref="EndpointException">The endpoint cannot be asked.</exception>
    public static async Task<EndpointJudge> Create(ChatEndpoint endpoint, string rubric, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        RubricText.RequirePlaces(rubric);
        return new EndpointJudge(endpoint, rubric, await WritesNumbersWhole(endpoint, cancellation).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    /// <exception cref="EndpointException">The endpoint cannot be asked. What it refuses of single answers is <see cref="Unreadable"/> instead.</exception>
    public async Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var verdicts = new Verdict[answers.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = _endpoint.Options.Concurrency, CancellationToken = cancellation };
        await Parallel.ForAsync(0, answers.Count, options, async (index, token) => verdicts[index] = await Judge(answers[index], token).ConfigureAwait(false)).ConfigureAwait(false);
        return verdicts;
    }

    // With digits as tokens the first one of "85" is an 8, and would be taken for the score.
    private static async Task<bool> WritesNumbersWhole(ChatEndpoint endpoint, CancellationToken cancellation)
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

    private async Task<Verdict> Judge(QuestionAndAnswer answer, CancellationToken cancellation)
    {
        var chat = Chat.User(RubricText.Fill(_rubric, answer.Question, answer.Answer));
        try
        {
            var reply = await _endpoint.Ask(chat, _byProbability ? NumberTokens : PlainTokens, _byProbability ? Alternatives : 0, cancellation).ConfigureAwait(false);
            return new Verdict(JudgementOf(reply), reply.Raw);
        }
        catch (EndpointException e) when (IsRefusedRequest(e))
        {
            return new Verdict(new Unreadable($"the endpoint refused to judge it (HTTP {e.Status})"), e.Message);
        }
    }

    private Judgement JudgementOf(EndpointReply reply) => reply switch
    {
        { Finish: "content_filter" } => new Unreadable("the endpoint's content filter kept its verdict back"),
        // The judge declines to judge; that says nothing of the answer.
        { Refusal: not null } => new Unreadable("the endpoint declined to judge it"),
        { First: [] } when _byProbability => new Unreadable("the endpoint gave no probabilities"),
        _ => _byProbability ? MassOf(reply.First).Judgement() : ScoreText.Read(reply.Text),
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
