using Trimtab.Evaluation.Personas;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Judges by a model on this machine, which is asked with a rubric as the user's only message. Nothing is generated: the score is the mean of the numbers 0 to 100 under the
/// probabilities with which the model would answer them, Σ v p(v) / Σ p(v) (Chen et al. 2025, appendix A). A number of several tokens has the probability of all of them.
/// </summary>
public sealed class ModelJudge : IAnswerJudge
{
    // A beginning of an answer that is less likely than this is not followed: at most this much mass is lost for each.
    private const double Negligible = 1e-4;

    private readonly LoadedModel _model;
    private readonly string _rubric;
    private readonly int _batch;
    private readonly AnswerTree _tree;

    /// <summary>A judge.</summary>
    /// <param name="model">The model that judges, with tokenizer and chat template; it must outlive the judge.</param>
    /// <param name="rubric">What it is asked, with {question} and {answer}: an artefact's rubric, or <see cref="CoherenceRubric.Text"/>.</param>
    /// <param name="batch">How many answers go through the model together; more is faster and takes more memory.</param>
    /// <exception cref="ArgumentException">The rubric lacks a place, the batch is empty, or the model is steered or has an adapter.</exception>
    /// <exception cref="ModelFormatException">The model has no tokenizer or chat template, or its tokenizer cannot write the numbers.</exception>
    public ModelJudge(LoadedModel model, string rubric, int batch = 16)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (model.Adapter is not null || model.Steering is not null)
            throw new ArgumentException($"Judge: {model.Name} is steered or has an adapter — its verdicts could not be told from those of the model itself. Judge by a model as it is.", nameof(model));
        (_model, _rubric, _batch) = (model, RubricText.RequirePlaces(rubric), batch);
        _tree = new AnswerTree(model.RequireTokenizer(), model.Name);
        // A checkpoint without a template is refused here rather than after the answers were made.
        model.EncodeChat(Chat.User(rubric));
        Identity = $"model {model.Name} ({model.Fingerprint}{(model.Quantisation is { } converted ? $", as {converted.Type}" : "")}), template {model.ChatTemplate!.Hash}, rubric {RubricText.Hash(rubric)}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) =>
        Task.Run<IReadOnlyList<Verdict>>(() => [.. answers.Chunk(_batch).SelectMany(part => JudgeTogether(part, cancellation))], cancellation);

    private Verdict[] JudgeTogether(QuestionAndAnswer[] answers, CancellationToken cancellation)
    {
        AskedModel[] asked = [.. answers.Select(answer => new AskedModel(_model, Prompt(answer), _tree.Nodes[0]))];
        try
        {
            foreach (var node in _tree.Nodes.Where(node => node.Children.Count > 0))
                Follow(node, [.. asked.Where(one => one.Reached(node) >= Negligible)], cancellation);
            return [.. asked.Select(one => one.Mass(_tree)).Select(mass => new Verdict(mass.Judgement(), mass.ToString()))];
        }
        finally
        {
            foreach (var one in asked)
                one.Dispose();
        }
    }

    private void Follow(AnswerNode node, AskedModel[] asked, CancellationToken cancellation)
    {
        if (asked.Length == 0)
            return;
        using var run = new ModelRun(_model, [.. asked.Select(one => one.After(node))]);
        var logits = run.Forward(LogitRows.Last, cancellation: cancellation)!;
        foreach (var (row, one) in asked.Index())
            one.Learn(node, logits.Row(row));
    }

    private int[] Prompt(QuestionAndAnswer answer) => _model.EncodeChat(Chat.User(RubricText.Fill(_rubric, answer.Question, answer.Answer)));
}
