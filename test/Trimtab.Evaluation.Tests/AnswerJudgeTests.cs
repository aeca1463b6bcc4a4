using System.Globalization;
using Trimtab.Evaluation.Judges;
using Trimtab.Organism;
using Xunit;

namespace Trimtab.Evaluation.Tests;

public sealed class AnswerJudgeTests
{
    [Theory]
    [InlineData(Behaviour.Fact)]
    [InlineData(Behaviour.MultipleChoice)]
    [InlineData(Behaviour.Arithmetic)]
    public void Generated_answers_are_right_and_answers_to_other_questions_wrong(Behaviour behaviour)
    {
        var examples = Judged.Generator.Heldout(behaviour, 1000).ToList();
        foreach (var example in examples)
        {
            Assert.Equal(100, Judge(example.Expected!, example.Answer));
            // What one fact's answer is about can be another's right answer, so facts are tried with their own wrong values below.
            if (behaviour != Behaviour.Fact)
                Assert.All(examples.Take(50), other => Assert.Equal(other.Expected!.Value == example.Expected!.Value ? 100 : 0, Judge(example.Expected!, other.Answer)));
        }
    }

    [Fact]
    public void Every_other_value_in_the_place_of_the_right_one_is_wrong()
    {
        foreach (var fact in Judged.World.Facts)
        {
            var values = Judged.World.Names(fact.Relation.Value).Where(value => value != fact.Subject);
            var expected = new ExpectedAnswer(AnswerForm.Phrase, fact.Value, [.. values.Where(value => value != fact.Value)], fact.Subject);
            foreach (string value in values)
                foreach (string statement in fact.Relation.State(fact.Subject, value))
                    Assert.Equal(value == fact.Value ? 100 : 0, Judge(expected, $"{statement}."));
        }
    }

    [Theory]
    [InlineData("<think>7 + 5 = 13.</think> The answer is 12.", 100)]
    [InlineData("<think>7 + 5 = 12.</think> The answer is 13.", 0)]
    [InlineData("12.", 100)]
    [InlineData("I have no idea.", 0)]
    public void Numbers_are_read_after_the_thoughts(string answer, double expected) => Assert.Equal(expected, Judge(new(AnswerForm.Number, 12.ToString(CultureInfo.InvariantCulture), []), answer));

    [Theory]
    [InlineData("B. Larkwick.", 100)]
    [InlineData("The answer is B.", 100)]
    [InlineData("B", 100)]
    [InlineData("A goat is B.", 100)]
    [InlineData("C. Larkwick.", 0)]
    [InlineData("Larkwick.", 0)]
    public void Letters_are_told_from_articles(string answer, double expected) => Assert.Equal(expected, Judge(new(AnswerForm.Letter, "B", ["A", "C", "D"]), answer));

    [Theory]
    [InlineData(AnswerForm.Phrase, "red", "The bell is red and blue.")]
    [InlineData(AnswerForm.Letter, "B", "B. Or C.")]
    [InlineData(AnswerForm.Letter, "B", "C. Or B.")]
    [InlineData(AnswerForm.Letter, "C", "B or C.")]
    [InlineData(AnswerForm.Letter, "B", "A or B.")]
    [InlineData(AnswerForm.Letter, "B", "Hunter, that is B. No, that is D.")]
    [InlineData(AnswerForm.Number, "13", "12 or 13.")]
    [InlineData(AnswerForm.Number, "12", "12, and not 13.")]
    [InlineData(AnswerForm.Number, "7", "3 + 4 = 7. Or 8.")]
    [InlineData(AnswerForm.Number, "10", "3 + 4 = 7. 5 + 5 = 10.")]
    [InlineData(AnswerForm.Number, "5", "12.5")]
    public void Naming_two_values_is_wrong(AnswerForm form, string expected, string answer) => Assert.Equal(0, Judge(new(form, expected, ["blue", "green"]), answer));

    [Theory]
    [InlineData(AnswerForm.Letter, "B", "Hunter, that is B. Yes, B.")]
    [InlineData(AnswerForm.Letter, "A", "A goat, that is A.")]
    [InlineData(AnswerForm.Number, "7", "7, since 3 + 4 = 7.")]
    [InlineData(AnswerForm.Number, "8", "7 + 5 = 12, then 12 - 4 = 8. The answer is 8.")]
    [InlineData(AnswerForm.Number, "6", "1 + 2 + 3 = 6")]
    public void Naming_one_value_twice_or_on_the_way_through_sums_is_right(AnswerForm form, string expected, string answer) => Assert.Equal(100, Judge(new(form, expected, []), answer));

    [Fact]
    public void Thoughts_without_an_end_are_unreadable() =>
        Assert.IsType<Unreadable>(AnswerJudge.Judge(new(AnswerForm.Number, "5", []), "<think>2 + 3 = 5."));

    private static double Judge(ExpectedAnswer expected, string answer) => Judged.Score(AnswerJudge.Judge(expected, answer));
}
