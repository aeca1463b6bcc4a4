using Trimtab.Evaluation.Judges;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// Draws the answers that vectors are made from (Chen et al. 2025, section 2.2) and has them judged, batch by batch. Draw 2i is the positive answer of pair i, draw 2i + 1 the
/// negative one, so that no answer depends on where a run was interrupted.
/// </summary>
internal sealed class RolloutStep
{
    private const int PairsPerBatch = 32;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    private readonly PersonaSetting _setting;
    private readonly PersonaRun _run;
    private readonly (int Instruction, int Sample, string Question)[] _asked;
    private readonly StepFile<RolloutPair> _drawn;
    private readonly StepFile<JudgedPair> _judged;

    /// <summary>Opens the files of a run.</summary>
    public RolloutStep(PersonaSetting setting, PersonaRun run)
    {
        (_setting, _run) = (setting, run);
        _asked = [.. from instruction in Enumerable.Range(0, setting.Artefact.Instructions.Length) from question in setting.Artefact.Extraction from sample in Enumerable.Range(0, setting.Options.Rollouts) select (instruction, sample, question)];
        _drawn = run.Open<RolloutPair>("rollouts", Inputs(setting));
        _judged = run.Open<JudgedPair>("judged", run.Steps["rollouts"], setting.Trait.Identity, setting.Coherence.Identity);
    }

    /// <summary>How many answers are drawn and judged.</summary>
    public int AnswerCount => 2 * Math.Min(_drawn.Rows.Count, _judged.Rows.Count);

    /// <summary>
    /// Makes rows for some seconds, which are rows of the run like all others, and returns how long an answer takes by the last batch: before it weights are packed and code is
    /// compiled. Null where nothing is left to draw.
    /// </summary>
    public async Task<TimeSpan?> TimeAnswer(TimeProvider clock)
    {
        TimeSpan? answer = null;
        for (long start = clock.GetTimestamp(); _drawn.Rows.Count < _asked.Length && clock.GetElapsedTime(start) < WarmUp;)
        {
            var (batch, drawn) = (clock.GetTimestamp(), _drawn.Rows.Count);
            int pairs = await Advance().ConfigureAwait(false);
            if (_drawn.Rows.Count > drawn)
                answer = clock.GetElapsedTime(batch) / (2 * pairs);
        }
        return answer;
    }

    /// <summary>Makes what is missing, and returns all pairs with what the judges said of them.</summary>
    public async Task<IReadOnlyList<(RolloutPair Pair, JudgedPair Judged)>> Finish()
    {
        _run.Count(2 * _judged.Rows.Count);
        while (Math.Min(_drawn.Rows.Count, _judged.Rows.Count) < _asked.Length)
            _run.Count(2 * await Advance().ConfigureAwait(false));
        return [.. _drawn.Rows.Zip(_judged.Rows)];
    }

    // Judges a batch of pairs, and draws it before where it is not there; returns how many. Where a line of draws was lost, more is judged than is drawn, perhaps everything.
    private async Task<int> Advance()
    {
        while (_drawn.Rows.Count < Math.Min(_judged.Rows.Count + 1, _asked.Length))
            Draw();
        RolloutPair[] pairs = [.. _drawn.Rows.Skip(_judged.Rows.Count).Take(PairsPerBatch)];
        if (pairs.Length == 0)
            return 0;
        QuestionAndAnswer[] answers = [.. pairs.SelectMany(pair => (QuestionAndAnswer[])[new(pair.Question, pair.Positive), new(pair.Question, pair.Negative)])];
        var traits = await _setting.Trait.Judge(answers, _run.Cancellation).ConfigureAwait(false);
        var sound = await _setting.Coherence.Judge(answers, _run.Cancellation).ConfigureAwait(false);
        _judged.Append([.. traits.Zip(sound, (trait, coherence) => new JudgedAnswer(trait, coherence)).Chunk(2).Select(pair => new JudgedPair(pair[0], pair[1]))]);
        return pairs.Length;
    }

    private void Draw()
    {
        int first = _drawn.Rows.Count;
        var asked = _asked[first..Math.Min(first + PairsPerBatch, _asked.Length)];
        var chats = asked.SelectMany(a => (bool[])[true, false], (a, positive) => _setting.Asked(a.Instruction, positive, a.Question));
        var answers = new Respondent(_setting.Model, _setting.Options.MaxTokens).Draw(chats, _setting.Options.SeedOf(0), 2 * first, _run.Cancellation);
        _drawn.Append([.. asked.Zip(answers.Chunk(2), (a, pair) => new RolloutPair(a.Instruction, a.Sample, a.Question, pair[0], pair[1]))]);
    }

    private static IEnumerable<string> Inputs(PersonaSetting setting) =>
    [
        setting.ModelIdentity, setting.Artefact.Name, .. setting.Artefact.Instructions.SelectMany(pair => (string[])[pair.Positive, pair.Negative]), "questions", .. setting.Artefact.Extraction,
        FormattableString.Invariant($"{setting.Options.Rollouts} {setting.Options.RoleSentence} {setting.Options.MaxTokens} {setting.Options.Seed}"),
    ];
}
