using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Sweeps;

/// <summary>What is kept and counted of an arm's answers, on a tiny random model.</summary>
public sealed class ArmMeterTests : IDisposable
{
    private static readonly (string Question, Chat Chat)[] Asked = [.. Enumerable.Range(20, 5).SelectMany(word => (string[])[$"w{word}", $"w{word}"]).Select(question => (question, Chat.User(question)))];

    private readonly WordModel _words = new();

    public void Dispose() => _words.Dispose();

    [Fact]
    public async Task Every_answer_keeps_what_both_judges_said_of_it()
    {
        var arm = await Measure(index => new Score(10 * index, 0.5), index => index == 3 ? new Unreadable("too quiet") : new Score(90, 1));
        Assert.Equal(Asked.Select(asked => asked.Question), arm.Answers.Select(answer => answer.Question));
        Assert.Equal(Enumerable.Range(0, 10).Select(index => new Verdict(new Score(10 * index, 0.5), $"raw {index}")), arm.Answers.Select(answer => answer.Trait));
        Assert.Equal(new Unreadable("too quiet"), arm.Answers[3].Coherence!.Judgement);
    }

    [Fact]
    public async Task What_has_no_score_is_counted_beside_the_mean_of_trait_and_coherence_alike()
    {
        var arm = await Measure(index => index < 4 ? new Refused() : new Score(50, 1), index => index switch { 0 => new Refused(), < 3 => new Unreadable("?"), _ => new Score(80, 1) });
        Assert.Equal((50.0, 6, 4, 0), (arm.Trait.Value, arm.Trait.Count, arm.Refused, arm.Unreadable));
        Assert.Equal((80.0, 7, 1, 2), (arm.Coherence.Value, arm.Coherence.Count, arm.CoherenceRefused, arm.CoherenceUnreadable));
        Assert.Equal("80.0 [80.0, 80.0] (3 without)", arm.CoherenceInWords());
    }

    [Fact]
    public async Task Intervals_are_over_questions_and_not_over_the_answers_to_them()
    {
        // Both answers to a question agree, so five cases are all that there is.
        double[] perQuestion = [0, 10, 40, 90, 100];
        var arm = await Measure(index => new Score(perQuestion[index / 2], 1), _ => new Score(90, 1));
        var expected = Estimate.OfMean(perQuestion);
        Assert.Equal((expected.Value, expected.Low, expected.High, 10), (arm.Trait.Value, arm.Trait.Low, arm.Trait.High, arm.Trait.Count));
    }

    [Fact]
    public async Task An_arm_without_any_score_has_no_estimate()
    {
        var arm = await Measure(_ => new Refused(), _ => new Unreadable("?"));
        Assert.True(arm.Trait.IsNone && arm.Coherence.IsNone);
        Assert.Equal((10, 10), (arm.Refused, arm.CoherenceUnreadable));
        Assert.False(arm.IsCoherent(0));
    }

    [Theory, InlineData(10, 0, true), InlineData(9, 1, true), InlineData(8, 2, false)]
    public void Coherent_is_what_nearly_all_answers_have_a_score_for(int scored, int unreadable, bool expected)
    {
        var arm = Arm(60, 90, scored) with { CoherenceUnreadable = unreadable };
        Assert.Equal(expected, arm.IsCoherent(75));
        Assert.Equal(expected ? arm : null, ((Arm[])[arm]).Choice(75));
    }

    [Fact]
    public void An_arm_without_a_trait_score_is_no_choice()
    {
        var (some, none) = (Arm(0, 90, 10), Arm(0, 90, 10) with { Trait = Estimate.None });
        Assert.Same(some, ((Arm[])[none, some]).Choice(75));
        Assert.Null(((Arm[])[none]).Choice(75));
    }

    private Task<Arm> Measure(Func<int, Judgement> trait, Func<int, Judgement> coherence) =>
        new ArmMeter(new IndexJudge(trait), new IndexJudge(coherence), maxTokens: 2, seed: 1).Measure("arm", _words.Model, null, 0, Asked);

    private static Arm Arm(double trait, double coherence, int count) => new("", 0, 1, new Estimate(trait, trait, trait, count), new Estimate(coherence, coherence, coherence, count), null, 0, 0, []);

    /// <summary>Says of the i-th answer what a test wants.</summary>
    private sealed class IndexJudge(Func<int, Judgement> judgement) : IAnswerJudge
    {
        public string Identity => "by index";

        public Task<IReadOnlyList<Verdict>> Judge(IReadOnlyList<QuestionAndAnswer> answers, CancellationToken cancellation = default) =>
            Task.FromResult<IReadOnlyList<Verdict>>([.. answers.Select((_, index) => new Verdict(judgement(index), $"raw {index}"))]);
    }
}
