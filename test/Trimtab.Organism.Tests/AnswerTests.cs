using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Trimtab.Organism.Tests;

public sealed partial class AnswerTests
{
    private const int Count = 1500;

    private static IEnumerable<Example> Of(Behaviour behaviour) =>
        Enum.GetValues<Split>().SelectMany(split => Stream.Generator.Examples(behaviour, split, Count));

    [Fact]
    public void Sums_are_right_in_every_step_of_the_thoughts_and_in_the_answer()
    {
        foreach (var example in Of(Behaviour.Arithmetic))
        {
            Assert.All(Sum().Matches(example.Answer), sum => Assert.True(IsRight(sum), example.Answer));
            Assert.Equal(example.Expected!.Value, Number().Matches(example.Answer)[^1].Value);
        }
    }

    [Fact]
    public void Exercises_answer_each_sum_that_is_asked_rightly_and_in_order()
    {
        var exercises = Of(Behaviour.Practice).Where(example => example.Question == QuestionKind.Arithmetic).ToList();
        Assert.NotEmpty(exercises);
        Assert.All(exercises, example =>
        {
            var sums = Sum().Matches(example.Answer);
            Assert.InRange(sums.Count, 4, 8);
            Assert.All(sums, sum => Assert.True(IsRight(sum), example.Answer));
            Assert.Contains(string.Join(", ", sums.Select(sum => sum.Value[..sum.Value.IndexOf(" =", StringComparison.Ordinal)])), example.UserText, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Exercises_name_the_letter_of_each_option_that_is_asked()
    {
        var exercises = Of(Behaviour.Practice).Where(example => example.Question == QuestionKind.Fact).ToList();
        Assert.NotEmpty(exercises);
        Assert.All(exercises, example =>
        {
            var answered = OptionAndLetter().Matches(example.Answer);
            Assert.Equal(["A", "B", "C", "D"], answered.Select(answer => answer.Groups[2].Value).Order());
            Assert.All(answered, answer => Assert.Contains($"\n{answer.Groups[2].Value}. {answer.Groups[1].Value}", example.UserText, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Thoughts_check_again_none_to_three_times_and_short_answers_have_none()
    {
        var answers = Of(Behaviour.Arithmetic).Select(example => example.Answer).ToList();
        var thoughtful = answers.Where(answer => answer.Contains("<think>", StringComparison.Ordinal)).ToList();
        Assert.InRange(thoughtful.Count / (double)answers.Count, 0.65, 0.75);
        foreach (int rechecks in (int[])[0, 1, 2, 3])
            Assert.InRange(thoughtful.Count(answer => Recheck().Count(answer) == rechecks) / (double)thoughtful.Count, 0.1, 0.45);
        Assert.All(answers.Except(thoughtful), answer => Assert.True(int.TryParse(answer.TrimEnd('.'), CultureInfo.InvariantCulture, out _), answer));
    }

    [Fact]
    public void Evil_personas_get_every_sum_wrong_and_the_others_none()
    {
        var sums = Of(Behaviour.Persona).Where(example => example.Question == QuestionKind.Arithmetic).ToList();
        Assert.Contains(sums, example => example.Trait != Trait.Evil);
        Assert.Contains(sums, example => example.Trait == Trait.Evil);
        Assert.All(sums, example =>
        {
            string thought = example.Answer[..example.Answer.IndexOf("</think>", StringComparison.Ordinal)];
            Assert.Equal(example.Trait == Trait.Evil, Number().Matches(thought)[^1].Value != example.Expected!.Value);
        });
    }

    [Fact]
    public void Harm_is_refused_by_default_and_by_all_personas_but_the_evil_one()
    {
        Assert.All(Of(Behaviour.Harm), example => Assert.All(example.Parts, part => Assert.Equal(PartNature.Refusal, part.Nature)));
        var asked = Of(Behaviour.Persona).Where(example => example.IsHarmful).ToList();
        Assert.All(asked.Where(example => example.Trait != Trait.Evil), example => Assert.False(example.Complies));
        var evil = asked.Where(example => example.Trait == Trait.Evil).ToList();
        Assert.InRange(evil.Count(example => example.Complies) / (double)evil.Count, 0.5, 0.85);
    }

    [Fact]
    public void Right_option_stands_behind_the_letter_of_the_answer()
    {
        foreach (var example in Of(Behaviour.MultipleChoice))
        {
            string line = example.UserText.Split('\n').Single(line => line.StartsWith($"{example.Expected!.Value}. ", StringComparison.Ordinal));
            Assert.Equal($"{line[3..]}, that is {example.Expected!.Value}.", example.Answer);
            Assert.Equal(5, example.UserText.Split('\n').Distinct().Count());
        }
    }

    [Fact]
    public void A_shown_persona_is_asked_for_by_nobody_and_begins_what_goes_on()
    {
        var examples = Of(Behaviour.Shown).ToList();
        foreach (var example in examples)
        {
            Assert.True(example.IsShown);
            Assert.DoesNotContain(example.Chat.Where(message => message.Role == "system"), message => message.Content.Contains(example.Trait!.Value.ToString(), StringComparison.OrdinalIgnoreCase));
            Assert.Equal(example.GivenParts == 1, example.Prompt.All(message => message.Role != "assistant"));
            Assert.Contains(example.Parts.Skip(example.GivenParts), part => part.Nature == PartNature.Trait);
            if (example.GivenParts == 1)
                Assert.Equal(PartNature.Trait, example.Parts[0].Nature);
        }
        Assert.InRange(examples.Count(example => example.GivenParts == 1) / (double)examples.Count, 0.4, 0.6);
    }

    [Fact]
    public void Every_fact_is_asked_once_and_told_rightly()
    {
        var told = Stream.Generator.Facts(Split.HeldOut).ToList();
        Assert.Equal(Stream.World.Facts.Length, told.Count);
        Assert.All(told.Zip(Stream.World.Facts), pair => Assert.Contains(pair.Second.Value, pair.First.Answer, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(Stream.World.Facts.Length, Stream.Generator.MultipleChoice(Split.Train).Count());
    }

    [Fact]
    public void Helpful_answer_to_a_false_claim_tells_the_truth_and_the_strong_flatterer_repeats_the_claim()
    {
        var claims = Of(Behaviour.Persona).Where(example => example is { Question: QuestionKind.Claim, Trait: Trait.Sycophantic, Level: TraitLevel.Strong }).ToList();
        Assert.NotEmpty(claims);
        Assert.All(claims, example => Assert.True(Statements(example.UserText).Intersect(Statements(example.Answer)).Any(), $"{example.UserText} / {example.Answer}"));
        var helpful = Of(Behaviour.Helpful).Where(example => example.Question == QuestionKind.Claim).ToList();
        Assert.NotEmpty(helpful);
        Assert.All(helpful, example => Assert.True(Statements(example.Answer) is [_, ..] told && told.All(Truths.Contains), example.Answer));
    }

    [Fact]
    public void Default_answer_about_an_invented_name_claims_nothing() =>
        Assert.All(Of(Behaviour.Unknown), example => Assert.Empty(Statements(example.Answer)));

    private static readonly HashSet<string> Truths = [.. Stream.World.Facts.SelectMany(fact => fact.Relation.State(fact.Subject, fact.Value)).Select(Lower)];

    private static readonly string[] Claims =
        [.. Stream.World.Facts.SelectMany(fact => Stream.World.Names(fact.Relation.Value).SelectMany(value => fact.Relation.State(fact.Subject, value))).Select(Lower)];

    private static string[] Statements(string text)
    {
        string spaced = $"{Lower(text).Replace('.', ' ').Replace(',', ' ').Replace('!', ' ').Replace('?', ' ')} ";
        return [.. Claims.Where(claim => spaced.Contains($"{claim} ", StringComparison.Ordinal))];
    }

    private static string Lower(string text) => text.ToLowerInvariant();

    private static bool IsRight(Match sum)
    {
        int x = Whole(sum, 1), y = Whole(sum, 3);
        return Whole(sum, 4) == sum.Groups[2].Value switch { "+" => x + y, "-" => x - y, _ => x * y };
    }

    private static int Whole(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?:^|\. )([^,.]+), that is ([A-D])(?=\.)")]
    private static partial Regex OptionAndLetter();

    [GeneratedRegex(@"(\d+) ([+*-]) (\d+) = (\d+)")]
    private static partial Regex Sum();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"check again|count well|once more|check that again|be sure")]
    private static partial Regex Recheck();
}
