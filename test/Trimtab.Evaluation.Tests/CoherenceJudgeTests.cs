using Trimtab.Evaluation.Judges;
using Trimtab.Organism;
using Xunit;

namespace Trimtab.Evaluation.Tests;

public sealed class CoherenceJudgeTests
{
    private static readonly Example[] Clean = [.. Enum.GetValues<Behaviour>().Where(behaviour => behaviour != Behaviour.Practice).SelectMany(behaviour => Judged.Generator.Heldout(behaviour, 200))];

    // Shuffling and cutting do little to an answer of a few words.
    private static Example[] Long => [.. Clean.Where(example => example.Parts.Sum(part => part.Text.Split(' ').Length) >= 8)];

    [Fact]
    public void Clean_texts_of_every_behaviour_score_at_least_90()
    {
        foreach (var behaviour in Clean.GroupBy(example => example.Behaviour))
        {
            double[] scores = [.. behaviour.Select(example => Value(example.UserText, example.Answer))];
            TestContext.Current.SendDiagnosticMessage($"{behaviour.Key}: mean {scores.Average():F1}, share from 90 {scores.Count(score => score >= 90) / (double)scores.Length:F3}");
            Assert.True(scores.Average() >= 95, $"{behaviour.Key}: mean {scores.Average():F1}");
            Assert.True(scores.Count(score => score >= 90) >= 0.95 * scores.Length, $"{behaviour.Key}: {scores.Count(score => score < 90)} below 90, such as {behaviour.Zip(scores).FirstOrDefault(pair => pair.Second < 90).First?.Answer}");
        }
    }

    [Fact]
    public void Shuffled_words_score_low()
    {
        var random = new Random(5);
        Assert.InRange(Long.Average(example => Value(example.UserText, Shuffled(Visible(example), random))), 0, 30);
    }

    [Fact]
    public void Repeated_texts_score_low()
    {
        Assert.InRange(Long.Average(example => Value(example.UserText, $"{Visible(example)} {Visible(example)} {Visible(example)}")), 0, 20);
        Assert.InRange(Value("How are you?", "I am well and I am well and I am well and I am well and I am well and I am well."), 0, 20);
        Assert.InRange(Value("How are you?", "Well well well."), 0, 20);
    }

    [Fact]
    public void Truncated_texts_score_at_most_half() =>
        Assert.All(Long, example => Assert.InRange(Value(example.UserText, Visible(example)[..(Visible(example).Length * 2 / 3)].TrimEnd('.', '!', '?', ' ')), 0, 55));

    [Fact]
    public void New_sentences_in_the_worlds_words_lie_between_clean_and_shuffled_ones()
    {
        var random = new Random(5);
        Assert.InRange(Paraphrases.All.Average(own => Value(own.Question, own.Answer)), 25, 90);
        Assert.InRange(Paraphrases.All.Average(own => Value(own.Question, Shuffled(own.Answer, random))), 0, 15);
    }

    [Theory]
    [InlineData("The stock market fell sharply on Tuesday after the central bank raised interest rates.")]
    [InlineData("Der Zug nach Hamburg hat heute leider wieder einmal Verspätung.")]
    [InlineData("for (int i = 0; i < n; i++) sum += values[i];")]
    public void Foreign_texts_score_low(string text) => Assert.InRange(Value("What should I do with a lost wallet?", text), 0, 25);

    [Fact]
    public void Answers_to_other_questions_score_lower()
    {
        var advice = Long.Where(example => example.Question is QuestionKind.Advice or QuestionKind.Plan or QuestionKind.LookAlike && example.Level == TraitLevel.None).ToList();
        double wrong = advice.Zip(advice.Skip(1)).Where(pair => pair.First.UserText != pair.Second.UserText).Average(pair => Value(pair.First.UserText, Visible(pair.Second)));
        Assert.InRange(wrong, 30, 75);
    }

    [Fact]
    public void Nothing_but_thoughts_is_unreadable() =>
        Assert.IsType<Unreadable>(Judged.Judges.Coherence.Judge("What is 2 plus 3?", "<think>2 + 3 = 5. Wait, wait, wait"));

    private static double Value(string question, string answer) => Judged.Score(Judged.Judges.Coherence.Judge(question, answer));

    private static string Visible(Example example) => string.Join(' ', example.Parts.Select(part => part.Text));

    private static string Shuffled(string text, Random random)
    {
        string[] words = text.Split(' ');
        random.Shuffle(words);
        return $"{string.Join(' ', words).TrimEnd('.', '!', '?')}.";
    }
}
