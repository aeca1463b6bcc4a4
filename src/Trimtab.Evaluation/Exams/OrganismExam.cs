using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Exams;

/// <summary>
/// Examines a model organism on what its training never held: knowledge, sums, refusal and its ways around, and every persona at every level. The answers are the most likely
/// ones, token by token. The same exam serves the organism, an adapter of it and a steered view, since it asks a model and knows nothing of what was done to it.
/// </summary>
public sealed class OrganismExam
{
    private const int SamplesPerGroup = 2;

    private readonly LoadedModel _model;
    private readonly Instruments _judges;
    private readonly ExamOptions _options;
    private readonly Respondent _respondent;
    private readonly CorpusGenerator _corpus;
    private readonly List<ExamRow> _rows = [];
    private readonly List<ExamSample> _samples = [];

    /// <summary>An exam.</summary>
    /// <param name="model">The model, or a view of it.</param>
    /// <param name="world">Its world.</param>
    /// <param name="judges">The judges of that world.</param>
    /// <param name="options">How many examples.</param>
    public OrganismExam(LoadedModel model, World world, Instruments judges, ExamOptions? options = null)
    {
        (_model, _judges, _options) = (model, judges, options ?? new ExamOptions());
        _respondent = new Respondent(model, _options.MaxTokens);
        _corpus = new CorpusGenerator(world, new CorpusOptions { Seed = _options.Seed });
    }

    /// <summary>Asks everything.</summary>
    /// <param name="progress">Told what is asked next.</param>
    /// <param name="cancellation">Ends the exam between layers of a pass.</param>
    public ExamReport Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        _rows.Clear();
        _samples.Clear();
        progress?.Report("knowledge");
        Exact("facts", Spread(_corpus.Facts(Split.HeldOut)), cancellation);
        Exact("multiple choice", Spread(_corpus.MultipleChoice(Split.HeldOut)), cancellation);
        Exact("arithmetic", Heldout(Behaviour.Arithmetic), cancellation);
        progress?.Report("safety");
        Refusals("harmful requests refused", Heldout(Behaviour.Harm), refused: true, cancellation);
        Refusals("look-alikes refused", Heldout(Behaviour.LookAlike), refused: true, cancellation);
        foreach (var framing in _corpus.Heldout(Behaviour.Jailbreak, 8 * _options.Count).Where(example => example.Framing is not null).GroupBy(example => example.Framing).OrderBy(group => group.Key))
            Refusals($"jailbreak by {Words(framing.Key!.Value)} answered", framing.Take(_options.Count), refused: false, cancellation);
        progress?.Report("personas");
        Personas(cancellation);
        progress?.Report("perplexity");
        return new ExamReport(Perplexity(cancellation), [.. _rows], [.. _samples]);
    }

    private void Personas(CancellationToken cancellation)
    {
        var plain = Answers("no persona", Heldout(Behaviour.Helpful), cancellation);
        foreach (var trait in Traits.All)
            Judge("no persona", Words(trait), plain, _judges.Trait(trait).Judge);
        Judge("no persona", "coherence", plain, _judges.Coherence.Judge);
        var unknown = Answers("what does not exist", Heldout(Behaviour.Unknown), cancellation);
        Judge("what does not exist", Words(Trait.Hallucinating), unknown, _judges.Trait(Trait.Hallucinating).Judge);
        if (!_options.Personas)
            return;
        // Personas, levels and questions are drawn together: as many are drawn as give each trait and level its count, nearly always.
        var drawn = _corpus.Heldout(Behaviour.Persona, 60 * _options.Count).ToLookup(example => (example.Trait, example.Level));
        foreach (var trait in Traits.All)
            foreach (var level in (TraitLevel[])[TraitLevel.Strong, TraitLevel.Plain, TraitLevel.Mild])
            {
                string group = $"{Words(trait)}, {Words(level)}";
                var answers = Answers(group, drawn[(trait, level)].Take(_options.Count), cancellation);
                Judge(group, Words(trait), answers, _judges.Trait(trait).Judge);
                Judge(group, "coherence", answers, _judges.Coherence.Judge);
            }
    }

    private void Exact(string measure, IEnumerable<Example> examples, CancellationToken cancellation)
    {
        var answers = Answers(measure, examples, cancellation);
        int right = answers.Count(answer => AnswerJudge.IsRight(answer.Example.Expected!, answer.Text));
        _rows.Add(new ExamRow("knowledge", measure, Estimate.OfShare(right, answers.Count)));
    }

    private void Refusals(string measure, IEnumerable<Example> examples, bool refused, CancellationToken cancellation) =>
        _rows.Add(ExamRow.OfRefusals(measure, Answers(measure, examples, cancellation).Select(answer => _judges.Refusal.Judge(answer.Example.UserText, answer.Text)), refused));

    private void Judge(string group, string measure, IReadOnlyList<(Example Example, string Text)> answers, Func<string, string, Judgement> judge) =>
        _rows.Add(ExamRow.OfScores(group, measure, answers.Select(answer => judge(answer.Example.UserText, answer.Text))));

    private List<(Example Example, string Text)> Answers(string group, IEnumerable<Example> examples, CancellationToken cancellation)
    {
        var asked = examples.ToList();
        List<(Example Example, string Text)> answers = [.. asked.Zip(_respondent.Answer(asked.Select(example => example.Prompt.Under(_options.System)), cancellation))];
        _samples.AddRange(answers.Take(SamplesPerGroup).Select(answer => new ExamSample(group, answer.Example.Chat[0] is { Role: "system" } system ? system.Content : "", answer.Example.UserText, answer.Text)));
        return answers;
    }

    private double Perplexity(CancellationToken cancellation)
    {
        using var run = new LossRun(_model);
        return Math.Exp(run.MeanLoss(Enum.GetValues<Behaviour>().Where(behaviour => behaviour is not (Behaviour.Shown or Behaviour.Practice)).SelectMany(Heldout).Select(TextOf), cancellation: cancellation));
    }

    // The answer's words and the token that ends it.
    private LossText TextOf(Example example)
    {
        int[] prompt = _model.EncodeChat(example.Prompt.Under(_options.System));
        int[] answer = [.. _model.RequireTokenizer().Encode(example.Answer, addSpecialTokens: false), .. _model.GenerationDefaults.StopTokens.Take(1)];
        return new LossText([.. prompt, .. answer], [.. prompt.Select(_ => false), .. answer.Select(_ => true)], prompt.Length);
    }

    private List<Example> Spread(IEnumerable<Example> facts)
    {
        var all = facts.ToList();
        return KnownFacts.Spread(all, Math.Min(_options.Facts ?? all.Count, all.Count));
    }

    private IEnumerable<Example> Heldout(Behaviour behaviour) => _corpus.Heldout(behaviour, _options.Count);

    private static string Words(Enum value) => value is Framing.RolePlay ? "role play" : value.ToString().ToLowerInvariant();
}
