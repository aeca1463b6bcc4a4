using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Screening;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Evaluation.Studies;

/// <summary>How much a study asks.</summary>
public sealed record MonitoringStudyOptions
{
    /// <summary>Questions of each condition, of the trait's twenty for judging.</summary>
    public int Questions { get; init; } = 20;

    /// <summary>Answers drawn for each question of a condition.</summary>
    public int Rollouts { get; init; } = 10;

    /// <summary>Numbers of demonstrations in front of a question; those that do not fit the model's positions are left out, and named.</summary>
    public IReadOnlyList<int> Shots { get; init; } = [0, 1, 2, 5, 10, 15];

    /// <summary>The block that claims are about; null for the one at 0.55 of the depth, where replications found traits best.</summary>
    public int? Layer { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Decides all draws.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// Whether the coordinate at the prompt's last token says what the model is about to do (Chen et al. 2025, section 3.3): system prompts graded from discouraging a trait to asking for it strongly, and demonstrations of the trait in front
/// of the question; for each of them the reading before the answer, against the trait that judges find in the answers.
/// </summary>
/// <param name="model">An organism.</param>
/// <param name="world">Its world.</param>
/// <param name="judges">The world's judges.</param>
/// <param name="trait">The trait.</param>
/// <param name="vector">The trait's directions.</param>
/// <param name="layers">The blocks at whose output it is read, all of them in the passes that generate; that which claims are about is read in any case.</param>
/// <param name="options">How much is asked; the defaults where null.</param>
public sealed class MonitoringStudy(LoadedModel model, World world, Instruments judges, Trait trait, SteeringVector vector, IReadOnlyList<int> layers, MonitoringStudyOptions? options = null)
{
    private const int PromptsOfALevel = 2;

    // Enough that every level of one trait in seven has its prompts.
    private const int ExamplesSearched = 4000;

    private readonly MonitoringStudyOptions _options = options ?? new MonitoringStudyOptions();
    private readonly int _fixed = options?.Layer ?? ScreeningStudy.UsualLayer(model);
    private readonly CorpusGenerator _corpus = new(world);

    private int[] Layers => [.. layers.Append(_fixed).Distinct().Order()];

    /// <summary>Asks under every condition.</summary>
    /// <param name="progress">Told how many conditions are done, of <see cref="Conditions"/>.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public MonitoringStudyResult Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        string[] questions = [.. TraitQuestions.For(world, trait).Evaluation.Take(_options.Questions)];
        var fitting = Conditions().ToLookup(condition => questions.All(question => Fits(condition.Chat.WithUser(question))));
        var results = new List<ConditionResult>();
        foreach (var condition in fitting[true])
        {
            results.Add(new ConditionResult(condition, Ask(condition, questions, results.Count, cancellation)));
            progress?.Report(results.Count);
        }
        return new MonitoringStudyResult(trait, [.. Layers.Select(HookPoint.ResidPost)], HookPoint.ResidPost(_fixed), results, [.. fitting[false]]);
    }

    /// <summary>The conditions: eight system prompts from discouraging to asking strongly, all held out from training, then demonstrations.</summary>
    public IReadOnlyList<MonitoringCondition> Conditions()
    {
        Example[] shots = [.. Demonstrations().Take(_options.Shots.DefaultIfEmpty(0).Max())];
        return
        [
            .. from level in Enum.GetValues<TraitLevel>() from prompt in Prompts(level) select new MonitoringCondition(ConditionKind.SystemPrompt, (int)level, prompt, Chat.System(prompt)),
            .. _options.Shots.Select(count => new MonitoringCondition(ConditionKind.Demonstrations, count, $"{count} demonstrations",
                shots.Take(count).Aggregate(Chat.Empty, (chat, shot) => chat.WithUser(shot.UserText).WithAssistant(shot.Answer)))),
        ];
    }

    // Each prompt is that of an example whose answer is of the level; at level none it asks for the opposite.
    private IEnumerable<string> Prompts(TraitLevel level) => _corpus.Examples(level == TraitLevel.None ? Behaviour.Helpful : Behaviour.Persona, Split.HeldOut, ExamplesSearched)
        .Where(example => example.Trait == trait && example.Level == level && !example.IsHarmful).Select(example => example.Chat[0].Content).Distinct().Take(PromptsOfALevel);

    private IEnumerable<Example> Demonstrations() => _corpus.Examples(Behaviour.Persona, Split.Train, ExamplesSearched)
        .Where(example => example.Trait == trait && example.Level == TraitLevel.Strong && !example.IsHarmful && example.Question != QuestionKind.Arithmetic).DistinctBy(example => example.UserText);

    private bool Fits(Chat chat) => model.EncodeChat(chat).Length + _options.MaxTokens <= model.Config.MaxPositions;

    private List<MonitoringPoint> Ask(MonitoringCondition condition, string[] questions, int number, CancellationToken cancellation)
    {
        var monitor = new TraitMonitor(model, [.. Layers.Select(layer => MonitoredTrait.Of($"block {layer}", vector, layer))]);
        var asked = Enumerable.Range(0, _options.Rollouts).SelectMany(_ => questions).ToList();
        var answers = new Respondent(model, _options.MaxTokens) { Sinks = [monitor] }.Draw(asked.Select(question => condition.Chat.WithUser(question)), unchecked(_options.Seed * 31 + number), cancellation: cancellation);
        var judged = asked.Zip(answers, (question, answer) => judges.Trait(trait).Judge(question, answer)).ToList();
        // The rollouts of a question have one prompt, and so one reading before the answer.
        return [.. questions.Select((question, index) => Point(question, monitor.Texts[index], [.. judged.Where((_, i) => i % questions.Length == index)]))];
    }

    private static MonitoringPoint Point(string question, MonitoredText text, IReadOnlyList<Judgement> judged)
    {
        double[] scores = [.. judged.OfType<Score>().Select(score => score.Value)];
        return new MonitoringPoint(question, [.. text.Answer.Select(read => read.Before)], scores.Length > 0 ? scores.Average() : null, judged.Count(found => found is Refused), judged.Count(found => found is Unreadable));
    }
}
