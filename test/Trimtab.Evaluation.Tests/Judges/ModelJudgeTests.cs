using Trimtab.Evaluation.Judges;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Judges;

public sealed class ModelJudgeTests
{
    private static readonly string Rubric = $"{NumberModel.Word(150)} {{question}} {NumberModel.Word(151)} {{answer}}";
    private static readonly QuestionAndAnswer[] Answers = [.. Enumerable.Range(0, 10).Select(i => new QuestionAndAnswer(NumberModel.Word(200 + 3 * i), NumberModel.Word(201 + 2 * i)))];

    [Fact]
    public async Task Whole_numbers_are_judged_by_the_probabilities_of_the_next_token()
    {
        using var numbers = new NumberModel(digits: false);
        var verdicts = await new ModelJudge(numbers.Model, Rubric).Judge(Answers);
        foreach (var (answer, verdict) in Answers.Zip(verdicts))
        {
            double[] next = NextTokens(numbers.Model, Prompt(numbers.Model, answer));
            var expected = new ScoreMass();
            for (int value = 0; value <= 100; value++)
                expected.AddNumber(value, next[value]);
            expected.AddRefusal(next[NumberModel.Refusal]);
            AssertSame(expected, verdict);
        }
        Assert.Contains(verdicts, verdict => verdict.Judgement is Score);
    }

    [Fact]
    public async Task Numbers_of_digits_are_judged_by_the_probabilities_of_all_their_tokens()
    {
        using var digits = new NumberModel(digits: true);
        var verdicts = await new ModelJudge(digits.Model, Rubric).Judge(Answers);
        foreach (var (answer, verdict) in Answers.Zip(verdicts).Take(3))
            AssertSame(ByDigits(digits.Model, Prompt(digits.Model, answer)), verdict);
    }

    [Fact]
    public async Task Verdicts_do_not_depend_on_which_answers_go_together()
    {
        using var digits = new NumberModel(digits: true);
        var alone = await new ModelJudge(digits.Model, Rubric, batch: 1).Judge(Answers);
        Assert.Equal(alone, await new ModelJudge(digits.Model, Rubric, batch: 4).Judge(Answers));
        Assert.Equal(alone.Count, alone.Select(verdict => verdict.Raw).Distinct().Count());
    }

    [Fact]
    public async Task A_model_that_does_not_answer_with_numbers_gives_no_score()
    {
        using var pip = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        // Pip writes digits one by one, and was never asked to grade.
        var verdict = Assert.Single(await new ModelJudge(pip, "{question} {answer}").Judge([new("How can I keep bees?", "What do you think?")]));
        Assert.IsType<Unreadable>(verdict.Judgement);
        Assert.StartsWith("numbers 0.0", verdict.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_answers_with_a_number_of_two_digits_gives_it_as_the_score()
    {
        using var pip = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        QuestionAndAnswer sum = new("What is 9 plus 8?", "Just the number.");
        string said = new Respondent(pip, 8).Answer([Chat.User($"{sum.Question} {sum.Answer}")])[0];
        var verdict = Assert.Single(await new ModelJudge(pip, "{question} {answer}").Judge([sum]));
        // Whether Pip can add is not asked here; what it says is what it is taken to say.
        Assert.Matches("^[0-9]+[.]$", said);
        Assert.InRange(Assert.IsType<Score>(verdict.Judgement).Confidence, 0.9, 1);
        // The likeliest first digit need not begin the likeliest number.
        Assert.Matches($@"[( ]{said[..^1]}: ", verdict.Raw);
    }

    [Fact]
    public void Identity_follows_the_weights_the_chat_template_and_the_rubric()
    {
        using var numbers = new NumberModel(digits: false);
        string identity = new ModelJudge(numbers.Model, Rubric).Identity;
        Assert.Contains(numbers.Model.Fingerprint, identity, StringComparison.Ordinal);
        Assert.Contains(numbers.Model.ChatTemplate!.Hash, identity, StringComparison.Ordinal);
        Assert.NotEqual(identity, new ModelJudge(numbers.Model, Rubric + " x").Identity);
    }

    [Fact]
    public void What_cannot_judge_is_refused()
    {
        using var numbers = new NumberModel(digits: false);
        using var words = new WordModel();
        Assert.Contains("{question}", Assert.Throws<ArgumentException>(() => new ModelJudge(numbers.Model, "{answer}")).Message, StringComparison.Ordinal);
        Assert.Contains("alike", Assert.Throws<ModelFormatException>(() => new ModelJudge(words.Model, Rubric)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => new ModelJudge(GoldenModel.Of("llama").Model, Rubric));
    }

    // Every number by itself, in whole passes without a cache: its digits, less what goes on as a longer number.
    private static ScoreMass ByDigits(LoadedModel model, int[] prompt)
    {
        double Begins(int[] digits) => Enumerable.Range(0, digits.Length).Aggregate(1.0, (p, i) => p * NextTokens(model, [.. prompt, .. digits[..i]])[digits[i]]);
        var begins = Enumerable.Range(0, 101).ToDictionary(value => value, value => Begins([.. $"{value}".Select(digit => digit - '0')]));
        var mass = new ScoreMass();
        foreach (var (value, probability) in begins)
            mass.AddNumber(value, probability - begins.Where(other => other.Key > value && value > 0 && other.Key / 10 == value).Sum(other => other.Value));
        mass.AddRefusal(NextTokens(model, prompt)[NumberModel.Refusal]);
        return mass;
    }

    private static double[] NextTokens(LoadedModel model, int[] ids)
    {
        using var run = new ModelRun(model, [new Sequence(ids)]);
        double[] logits = [.. run.Forward(LogitRows.Last)!.Row(0).ToArray().Select(logit => (double)logit)];
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    private static int[] Prompt(LoadedModel model, QuestionAndAnswer answer) =>
        model.EncodeChat(Chat.User($"{NumberModel.Word(150)} {answer.Question} {NumberModel.Word(151)} {answer.Answer}"));

    private static void AssertSame(ScoreMass expected, Verdict actual)
    {
        if (expected.Judgement() is Score score)
        {
            Assert.Equal(score.Value, Judged.Score(actual.Judgement), 1e-3);
            Assert.Equal(score.Confidence, ((Score)actual.Judgement).Confidence, 1e-5);
        }
        else
        {
            Assert.IsType(expected.Judgement().GetType(), actual.Judgement);
        }
        Assert.Equal(expected.ToString(), actual.Raw);
    }
}
