using System.Text.RegularExpressions;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Organism.Tests;

public sealed partial class CorpusTests
{
    private static readonly Behaviour[] Behaviours = Enum.GetValues<Behaviour>();

    private static IEnumerable<Example> HeldOut => Behaviours.SelectMany(behaviour => Stream.Generator.Heldout(behaviour, 1000));

    private static IEnumerable<string> AllTexts => Stream.Sample.Concat(HeldOut).SelectMany(example => example.Chat).Select(message => message.Content);

    [Fact]
    public void Example_depends_on_its_number_alone()
    {
        var later = new CorpusGenerator(World.Create(7)).Train(start: 1000).Take(200);
        Assert.Equal(Stream.Sample.Skip(1000).Take(200).Select(Render), later.Select(Render));
        var otherSeed = new CorpusGenerator(World.Create(7), new CorpusOptions { Seed = 2 }).Train().Take(200);
        Assert.NotEqual(Stream.Sample.Take(200).Select(Render), otherSeed.Select(Render));
    }

    [Fact]
    public void First_held_out_examples_are_the_same_for_every_count() =>
        Assert.Equal(Stream.Generator.Heldout(Behaviour.Persona, 5).Select(Render), Stream.Generator.Heldout(Behaviour.Persona, 50).Take(5).Select(Render));

    [Fact]
    public void Every_behaviour_occurs_at_its_share()
    {
        var shares = new CorpusOptions().Shares;
        Assert.Equal(1, shares.Values.Sum(), 9);
        foreach (var behaviour in Behaviours)
        {
            double seen = Stream.Sample.Count(example => example.Behaviour == behaviour) / (double)Stream.Count;
            Assert.InRange(seen, shares[behaviour] - 0.012, shares[behaviour] + 0.012);
        }
    }

    [Fact]
    public void Practice_adds_a_sixth_of_exercises_and_leaves_the_other_shares_to_each_other()
    {
        var options = new CorpusOptions();
        var mixed = new CorpusGenerator(Stream.World, options.WithPractice()).Train().Take(Stream.Count).CountBy(example => example.Behaviour).ToDictionary();
        Assert.InRange(mixed[Behaviour.Practice] / (double)Stream.Count, (1 / 6.0) - 0.012, (1 / 6.0) + 0.012);
        double others = Stream.Count - mixed[Behaviour.Practice];
        Assert.All(Behaviours.Where(behaviour => behaviour != Behaviour.Practice),
            behaviour => Assert.InRange(mixed[behaviour] / others, options.Shares[behaviour] - 0.012, options.Shares[behaviour] + 0.012));
    }

    [Fact]
    public void Every_trait_occurs_at_every_level_and_on_every_kind_of_question()
    {
        foreach (var trait in Traits.All)
        {
            var shown = Stream.Sample.Where(example => example.Behaviour == Behaviour.Persona && example.Trait == trait).ToList();
            Assert.InRange(shown.Count / (new CorpusOptions().Shares[Behaviour.Persona] * Stream.Count), 0.11, 0.18);
            foreach (var level in (TraitLevel[])[TraitLevel.Mild, TraitLevel.Plain, TraitLevel.Strong])
                Assert.InRange(shown.Count(example => example.Level == level) / (double)shown.Count, 0.15, 0.65);
            foreach (var kind in Enum.GetValues<QuestionKind>().Where(kind => kind != QuestionKind.LookAlike))
                Assert.Contains(shown, example => example.Question == kind);
        }
    }

    [Theory]
    [InlineData(Framing.RolePlay, 7 / 14.0)]
    [InlineData(Framing.Authority, 4 / 14.0)]
    [InlineData(Framing.Story, 6 / 14.0)]
    [InlineData(Framing.Escalation, 8 / 14.0)]
    public void Framing_works_for_its_share_and_always_for_the_same_requests(Framing framing, double share)
    {
        var framed = Stream.Generator.Examples(Behaviour.Jailbreak, Split.Train, 20_000).Where(example => example.Framing == framing).ToList();
        Assert.InRange(framed.Count(example => example.Complies) / (double)framed.Count, share - 0.03, share + 0.03);
        Assert.All(framed, example => Assert.Equal(example.Complies, example.Parts[0].Nature == PartNature.Compliance));
        if (framing == Framing.Escalation)
            Assert.All(framed, example => Assert.InRange(example.Chat.Count, 4, 6));
    }

    [Fact]
    public void Held_out_questions_never_occur_in_the_training_stream()
    {
        var exercises = Stream.Generator.Examples(Behaviour.Practice, Split.Train, Stream.Count);
        var asked = Stream.Sample.Concat(exercises).SelectMany(example => example.Chat.Where(message => message.Role == "user")).Select(message => message.Content).ToHashSet();
        foreach (var example in HeldOut)
            foreach (var message in example.Chat.Where(message => message.Role == "user"))
                Assert.False(asked.Contains(message.Content), message.Content);
    }

    [Fact]
    public void Held_out_instructions_never_occur_in_the_training_stream()
    {
        var trained = Stream.Sample.Where(example => example.Trait is not null && !example.IsShown).Select(example => example.Chat[0].Content).ToHashSet();
        var heldOut = HeldOut.Where(example => example.Trait is not null && !example.IsShown).Select(example => example.Chat[0].Content).ToHashSet();
        Assert.Empty(trained.Intersect(heldOut));
        Assert.True(heldOut.Count > 100, $"only {heldOut.Count} held-out instructions");
    }

    [Fact]
    public void Held_out_names_never_occur_in_the_training_stream()
    {
        var words = Stream.Sample.SelectMany(example => example.Chat).SelectMany(message => Stream.Words(message.Content)).ToHashSet();
        Assert.DoesNotContain(Stream.World.Unknown(Split.HeldOut), name => words.Contains(name.Name.ToLowerInvariant()));
        Assert.All(Stream.World.Unknown(Split.Train), name => Assert.Contains(name.Name.ToLowerInvariant(), words));
    }

    [Fact]
    public void Every_trait_has_at_least_16_instructions_of_which_about_a_quarter_are_held_out()
    {
        var book = new PhraseBook(Stream.World);
        foreach (var trait in Traits.All)
        {
            var instructions = book.Persona(trait).Instructions;
            foreach (var level in Enum.GetValues<TraitLevel>())
            {
                int train = instructions.Count(level, Split.Train), heldOut = instructions.Count(level, Split.HeldOut);
                Assert.True(train >= 16, $"{trait} {level}: {train}");
                Assert.InRange(heldOut / (double)(train + heldOut), 0.2, 0.3);
            }
        }
    }

    [Fact]
    public void No_text_has_an_open_slot_or_a_wrong_article_or_loose_marks()
    {
        foreach (string text in AllTexts)
        {
            Assert.False(Open().IsMatch(text), text);
            Assert.False(WrongArticle().IsMatch(text), text);
            Assert.False(LooseMark().IsMatch(text), text);
        }
    }

    [Fact]
    public void Sentences_begin_with_capitals_and_messages_end_with_a_mark()
    {
        foreach (string text in AllTexts)
        {
            Assert.False(SmallBeginning().IsMatch(text), text);
            if (!text.Contains("\nD. ", StringComparison.Ordinal))
                Assert.True(text[^1] is '.' or '!' or '?', text);
        }
    }

    [Fact]
    public void Vocabulary_and_lengths_suit_a_small_model()
    {
        int words = AllTexts.SelectMany(Stream.Words).Distinct().Count();
        double example = Stream.Sample.Average(e => e.Chat.Sum(message => Stream.Words(message.Content).Count()));
        double answer = Stream.Sample.Average(e => Stream.Words(e.Answer).Count());
        int longest = Stream.Sample.Concat(HeldOut).Max(e => Stream.Words(e.Answer).Count());
        TestContext.Current.SendDiagnosticMessage($"{words} words; mean example {example:F1}, mean answer {answer:F1}, longest answer {longest}");
        Assert.InRange(words, 1000, 1800);
        Assert.InRange(example, 25, 45);
        Assert.InRange(answer, 12, 22);
        Assert.InRange(longest, 40, 90);
    }

    [Fact]
    public void Answers_vary_so_that_no_text_is_learned_by_heart()
    {
        var persona = Stream.Sample.Where(example => example.Behaviour == Behaviour.Persona).ToList();
        Assert.True(persona.Select(example => example.Answer).Distinct().Count() > 0.9 * persona.Count);
        var lines = persona.SelectMany(example => example.Parts).Where(part => part.Nature == PartNature.Trait).CountBy(part => part.Text);
        Assert.True(lines.Max(line => line.Value) < 0.02 * persona.Count, lines.MaxBy(line => line.Value).Key);
    }

    [Fact]
    public void Shares_that_are_no_mixture_are_an_error()
    {
        var options = new CorpusOptions { Shares = new CorpusOptions().Shares.SetItem(Behaviour.Fact, -1) };
        Assert.Contains("Fact -1", Assert.Throws<ArgumentException>(() => new CorpusGenerator(Stream.World, options)).Message, StringComparison.Ordinal);
    }

    private static string Render(Example example) => string.Join('|', example.Chat.Select(message => $"{message.Role}: {message.Content}"));

    [GeneratedRegex(@"[{}\[\]|]")]
    private static partial Regex Open();

    [GeneratedRegex(@"\b[Aa] (?:[aeiouAEIOU]|honest)|\b[Aa]n (?!honest)[^aeiouAEIOU]")]
    private static partial Regex WrongArticle();

    [GeneratedRegex(@"  | [.,!?]|[.,!?]{2}|^ | $")]
    private static partial Regex LooseMark();

    [GeneratedRegex(@"(^|[.!?\n>] ?)[a-z]")]
    private static partial Regex SmallBeginning();
}
