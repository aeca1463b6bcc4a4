using System.Text.Json.Nodes;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas.Pipeline;

/// <summary>The pipeline on a tiny random model, with judges that go by the answers' letters: nothing is learnt, but every step has work to do.</summary>
public sealed class PersonaPipelineTests : IDisposable
{
    private static readonly string[] StepFiles = ["rollouts.jsonl", "judged.jsonl", "response_avg.safetensors", "sweep.jsonl", "verification.jsonl"];
    private static readonly PersonaOptions Options = new() { Rollouts = 3, MaxTokens = 6, Layers = [0, 1], Strengths = [0.1f, 0.5f], Tries = 1, Samples = 2, Seed = 5 };

    private static readonly TraitArtefact Artefact = new("odd", "Is odd.", [new("w10 w11", "w12"), new("w13", "w14"), new("w15", "w16")], ["w20", "w21 w22", "w23", "w24"], ["w25", "w26", "w27", "w28"], "{question} {answer} REFUSAL");

    private readonly WordModel _words = new();
    private readonly string _folders = Directory.CreateTempSubdirectory("trimtab-persona-").FullName;

    public void Dispose()
    {
        _words.Dispose();
        Directory.Delete(_folders, recursive: true);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(7), InlineData(11)]
    public async Task A_run_that_was_killed_ends_with_the_bytes_of_one_that_was_not(int calls)
    {
        await Pipeline(Options).Run(Folder("whole"));
        await Assert.ThrowsAsync<TimeoutException>(() => Pipeline(Options, new LetterJudge("trait", calls)).Run(Folder("killed")));
        var result = await Pipeline(Options).Run(Folder("killed"));
        Assert.Empty(result.Notes);
        RequireSame("whole", "killed");
    }

    [Fact]
    public async Task A_run_that_was_killed_among_its_rollouts_goes_on_with_the_same_draws()
    {
        await Pipeline(Options).Run(Folder("whole"));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pipeline(Options).Run(Folder("killed"), new Once(_ => cancellation.Cancel(), after: 1), cancellation.Token));
        string file = Path.Combine(Folder("killed"), "rollouts.jsonl");
        byte[] part = File.ReadAllBytes(file);
        Assert.InRange(part.Length, 100, new FileInfo(Path.Combine(Folder("whole"), "rollouts.jsonl")).Length - 1);
        File.WriteAllBytes(file, part[..^5]);
        await Pipeline(Options).Run(Folder("killed"));
        RequireSame("whole", "killed");
    }

    [Theory, InlineData("rollouts.jsonl"), InlineData("judged.jsonl"), InlineData("sweep.jsonl"), InlineData("verification.jsonl")]
    public async Task A_line_that_was_lost_after_the_run_is_made_again(string file)
    {
        await Pipeline(Options).Run(Folder("whole"));
        await Pipeline(Options).Run(Folder("torn"));
        string path = Path.Combine(Folder("torn"), file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.Empty((await Pipeline(Options).Run(Folder("torn"))).Notes);
        RequireSame("whole", "torn");
    }

    [Fact]
    public async Task Beginning_changes_nothing_but_the_time_at_which_rollouts_are_drawn()
    {
        var options = Options with { Rollouts = 6 };
        await Pipeline(options).Run(Folder("whole"));
        var pipeline = Pipeline(options);
        Assert.True(await pipeline.Begin(Folder("begun"), TimeProvider.System) > TimeSpan.Zero);
        await pipeline.Run(Folder("begun"));
        RequireSame("whole", "begun");
        Assert.Null(await Pipeline(options).Begin(Folder("begun"), TimeProvider.System));
    }

    public static TheoryData<string, string[]> Changes => new()
    {
        { "nothing", [] },
        { "samples", ["verification.jsonl"] },
        { "strengths", ["sweep.jsonl", "verification.jsonl"] },
        { "tries", ["sweep.jsonl"] },
        { "judge", ["judged.jsonl", "sweep.jsonl", "verification.jsonl"] },
        { "judging question", ["verification.jsonl"] },
        { "choosing question", ["sweep.jsonl"] },
        { "rollouts", StepFiles },
        { "role", StepFiles },
        { "instructions", StepFiles },
        { "seed", StepFiles },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task What_is_changed_makes_anew_what_depends_on_it_and_nothing_else(string change, string[] expected)
    {
        await Pipeline(Options).Run(Folder("run"));
        var before = StepFiles.ToDictionary(file => file, file => File.GetLastWriteTimeUtc(Path.Combine(Folder("run"), file)));
        await Task.Delay(20);
        var changed = change switch
        {
            "samples" => Pipeline(Options with { Samples = 3 }),
            "strengths" => Pipeline(Options with { Strengths = [0.1f, 0.4f] }),
            "tries" => Pipeline(Options with { Tries = 2 }),
            "judge" => Pipeline(Options, new LetterJudge("trait, newly")),
            "judging question" => Pipeline(Options, artefact: Artefact with { Evaluation = ["w25", "w26", "w27", "w29"] }),
            "choosing question" => Pipeline(Options, artefact: Artefact with { Evaluation = ["w25", "w29", "w27", "w28"] }),
            "rollouts" => Pipeline(Options with { Rollouts = 4 }),
            "role" => Pipeline(Options with { RoleSentence = false }),
            "instructions" => Pipeline(Options, artefact: Artefact with { Instructions = [.. Artefact.Instructions[..2], new("w15", "w17")] }),
            "seed" => Pipeline(Options with { Seed = 6 }),
            _ => Pipeline(Options),
        };
        var result = await changed.Run(Folder("run"));
        string[] made = [.. StepFiles.Where(file => File.GetLastWriteTimeUtc(Path.Combine(Folder("run"), file)) != before[file])];
        // Another way to choose may choose another layer, and then the choice is verified anew.
        Assert.Equal(expected, change is "tries" or "choosing question" ? made.Except(["verification.jsonl"]) : made);
        Assert.Equal(made.Length, result.Notes.Count);
    }

    [Fact]
    public async Task No_pair_that_is_kept_fails_with_the_counts()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Pipeline(Options, new FixedJudge(new Refused())).Run(Folder("run")));
        Assert.Contains("0 pairs are left", error.Message, StringComparison.Ordinal);
        Assert.Contains("of 36 pairs 0 kept", error.Message, StringComparison.Ordinal);
        Assert.Contains("36 with a refusal", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Folder("run"), "response_avg.safetensors")));
    }

    [Theory, InlineData("too few pairs"), InlineData("killed")]
    public async Task What_an_earlier_run_found_does_not_stay_when_its_inputs_change(string change)
    {
        await Pipeline(Options).Run(Folder("run"));
        string[] results = ["vector.safetensors", "plan.json", "report.html", "summary.md", "run.json"];
        Assert.All(results, file => Assert.True(File.Exists(Path.Combine(Folder("run"), file)), file));
        if (change == "killed")
            await Assert.ThrowsAsync<TimeoutException>(() => Pipeline(Options with { Seed = 6 }, new LetterJudge("trait", calls: 0)).Run(Folder("run")));
        else
            await Assert.ThrowsAsync<InvalidOperationException>(() => Pipeline(Options, new FixedJudge(new Refused())).Run(Folder("run")));
        Assert.All(results, file => Assert.False(File.Exists(Path.Combine(Folder("run"), file)), file));
        Assert.Equal(change == "killed", File.Exists(Path.Combine(Folder("run"), "response_avg.safetensors")));
    }

    [Fact]
    public async Task The_estimate_is_of_the_answers_that_are_left()
    {
        var pipeline = Pipeline(Options);
        // 36 pairs are drawn in batches of 32 and 4; the last one is timed, and takes a tick.
        Assert.Equal(TimeSpan.FromSeconds(1) / 8 * (pipeline.AnswerCount - 72), await pipeline.Begin(Folder("run"), new Ticks()));
    }

    [Fact]
    public async Task Rows_of_arms_hold_every_answer_with_its_verdicts()
    {
        await Pipeline(Options).Run(Folder("run"));
        foreach (string file in (string[])["sweep.jsonl", "verification.jsonl"])
            foreach (string line in File.ReadLines(Path.Combine(Folder("run"), file)).Skip(1))
                Assert.All(JsonNode.Parse(line)!["answers"]!.AsArray(), answer =>
                {
                    Assert.Equal("score", answer!["trait"]!["judgement"]!["kind"]!.GetValue<string>());
                    Assert.Equal(90, answer["coherence"]!["judgement"]!["value"]!.GetValue<double>());
                });
    }

    [Fact]
    public async Task Arms_without_any_score_are_kept_and_read_again()
    {
        var silent = new FirstCallsJudge(scored: 2);
        await Pipeline(Options, silent).Run(Folder("run"));
        var again = await Pipeline(Options, new FirstCallsJudge(scored: 2)).Run(Folder("run"));
        Assert.All(again.Grid, arm => Assert.Equal((true, arm.Answers.Count), (arm.Trait.IsNone, arm.Unreadable)));
        Assert.Null(again.Chosen);
        Assert.Empty(again.Notes);
    }

    [Fact]
    public async Task Without_a_choice_nothing_is_verified_and_no_plan_of_an_earlier_run_stays()
    {
        Assert.NotNull((await Pipeline(Options).Run(Folder("run"))).Chosen);
        Assert.True(File.Exists(Path.Combine(Folder("run"), "plan.json")));
        var result = await Pipeline(Options with { LeastCoherence = 95 }).Run(Folder("run"));
        Assert.Null(result.Chosen);
        Assert.Null(result.Verification);
        Assert.False(result.IsValidated);
        Assert.False(File.Exists(Path.Combine(Folder("run"), "plan.json")));
        Assert.False(File.Exists(Path.Combine(Folder("run"), "vector.safetensors")));
        Assert.Contains("none was chosen", File.ReadAllText(Path.Combine(Folder("run"), "summary.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_steers_by_the_chosen_vector_and_the_record_names_what_was_used()
    {
        var pipeline = Pipeline(Options);
        int most = 0;
        var result = await pipeline.Run(Folder("run"), new Once(answers => most = answers, after: 1));
        Assert.Equal(pipeline.AnswerCount, most);
        var (plan, chosen) = (SteeringPlan.Load(Path.Combine(Folder("run"), "plan.json")), result.Chosen!);
        var direction = Assert.IsType<VectorDirection>(Assert.IsType<Add>(Assert.Single(plan.Interventions).Edit).Direction);
        Assert.Equal([HookPoint.ResidPost(chosen.Layer!.Value)], plan.Interventions[0].At);
        Near.Identical(result.Vectors.Response[HookPoint.ResidPost(chosen.Layer.Value)].Values, direction.Vector[HookPoint.ResidPost(chosen.Layer.Value)].Values, "direction");
        Assert.Equal(_words.Model.With(result.Vectors.Response.At(chosen.Layer.Value, Strength.OfNorm(chosen.Strength))).Steering!.Fingerprint, plan.Compile(_words.Model).Fingerprint);
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder("run"), "run.json")))!;
        Assert.Equal(_words.Model.Fingerprint, record["model"]!["fingerprint"]!.GetValue<string>());
        Assert.Equal(["rollouts", "judged", "vectors", "sweep", "verification"], record["inputs"]!.AsObject().Select(step => step.Key));
        Assert.Equal(6, record["options"]!["max_tokens"]!.GetValue<int>());
        string page = File.ReadAllText(Path.Combine(Folder("run"), "report.html"));
        Assert.All((string[])["shuffled labels", "random direction", "Dose and response", "Layers and strengths", "pairs of answers"], words => Assert.Contains(words, page, StringComparison.Ordinal));
    }

    [Fact]
    public void An_artefact_that_cannot_be_measured_with_is_refused()
    {
        Assert.Contains("two are needed", Assert.Throws<ArgumentException>(() => Pipeline(Options, artefact: Artefact with { Evaluation = ["w25"] })).Message, StringComparison.Ordinal);
        Assert.Contains("no pair of instructions", Assert.Throws<FormatException>(() => Pipeline(Options, artefact: Artefact with { Instructions = [] })).Message, StringComparison.Ordinal);
        Assert.Contains("counted from 0", Assert.Throws<ArgumentException>(() => Options with { Layers = [1, 1] }).Message, StringComparison.Ordinal);
        Assert.Contains("steered already", Assert.Throws<ArgumentException>(() => new PersonaPipeline(_words.Model.With(SteeringPlan.None), Artefact, new LetterJudge("trait"), new LetterJudge("coherence"))).Message, StringComparison.Ordinal);
        Assert.Contains("blocks.9", Assert.Throws<SteeringException>(() => Pipeline(Options with { Layers = [9] })).Message, StringComparison.Ordinal);
    }

    private PersonaPipeline Pipeline(PersonaOptions options, IAnswerJudge? trait = null, TraitArtefact? artefact = null) =>
        new(_words.Model, artefact ?? Artefact, trait ?? new LetterJudge("trait"), new FixedJudge(new Score(90, 1)), options);

    private string Folder(string name) => Path.Combine(_folders, name);

    private void RequireSame(string first, string second)
    {
        string[] files = [.. Directory.EnumerateFiles(Folder(first)).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        Assert.Equal(files, Directory.EnumerateFiles(Folder(second)).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        foreach (string file in files)
            Assert.True(File.ReadAllBytes(Path.Combine(Folder(first), file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Folder(second), file))), $"{file} differs.");
    }

    /// <summary>A score from an answer's letters; after some calls it fails, as a killed run does.</summary>
    private sealed class LetterJudge(string identity, int calls = int.MaxValue) : IAnswerJudge
    {
        private int _left = calls;

        public string Identity => identity;

        public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) => _left-- > 0
            ? Task.FromResult<IReadOnlyList<Verdict>>([.. answers.Select(answer => new Verdict(new Score(answer.Answer.Sum(letter => 7.0 * letter) % 101, 1)))])
            : throw new TimeoutException("The judge is gone.");
    }

    /// <summary>Scores the first batches, which are the rollouts, and can read nothing after them.</summary>
    private sealed class FirstCallsJudge(int scored) : IAnswerJudge
    {
        private readonly LetterJudge _letters = new("letters");
        private int _left = scored;

        public string Identity => "letters at first";

        public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) => _left-- > 0
            ? _letters.Judge(answers, cancellation)
            : Task.FromResult<IReadOnlyList<Verdict>>([.. answers.Select(_ => new Verdict(new Unreadable("silence")))]);
    }

    /// <summary>A clock that goes on by a second whenever it is looked at.</summary>
    private sealed class Ticks : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }

    private sealed class FixedJudge(Judgement judgement) : IAnswerJudge
    {
        public string Identity => "always the same";

        public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) =>
            Task.FromResult<IReadOnlyList<Verdict>>([.. answers.Select(_ => new Verdict(judgement))]);
    }

    private sealed class Once(Action<int> act, int after) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value >= after)
                act(value);
        }
    }
}
