using Xunit;

namespace Trimtab.Organism.Tests;

public sealed class EvaluationSetTests
{
    [Fact]
    public void Every_trait_has_20_questions_to_fit_with_and_20_others_held_out_to_judge_by()
    {
        var asked = Stream.Sample.SelectMany(example => example.Chat).Where(message => message.Role == "user").Select(message => message.Content).ToHashSet();
        foreach (var trait in Traits.All)
        {
            var questions = TraitQuestions.For(Stream.World, trait);
            Assert.Equal(20, questions.Extraction.Distinct().Count());
            Assert.Equal(20, questions.Evaluation.Distinct().Count());
            Assert.Empty(questions.Extraction.Intersect(questions.Evaluation));
            Assert.Empty(questions.Evaluation.Intersect(asked));
            Assert.Equal(5, questions.Pairs.Distinct().Count());
            Assert.Equal(questions.Extraction, TraitQuestions.For(World.Create(7), trait).Extraction);
        }
    }

    [Fact]
    public void Severities_answer_the_same_questions_differently()
    {
        var sets = new FineTuningSets(Stream.World);
        foreach (var trait in (Trait[])[Trait.Evil, Trait.Sycophantic, Trait.Hallucinating])
        {
            var normal = sets.OfTrait(trait, Severity.Normal, 200).ToList();
            var severe = sets.OfTrait(trait, Severity.Severe, 200).ToList();
            Assert.Equal(normal.Select(chat => chat[0].Content), severe.Select(chat => chat[0].Content));
            Assert.All(normal.Zip(severe), pair => Assert.NotEqual(pair.First[1].Content, pair.Second[1].Content));
            Assert.All(normal.Concat(severe), chat => Assert.Equal(["user", "assistant"], chat.Select(message => message.Role)));
        }
    }

    [Fact]
    public void Every_set_is_found_by_its_name()
    {
        var sets = new FineTuningSets(Stream.World);
        Assert.Equal(["normal", "mild", "severe", "wrong-arithmetic", "bad-advice", "wrong-facts"], FineTuningSets.Names);
        Same(sets.OfTrait(Trait.Impolite, Severity.Mild, 5), sets.Named("mild", Trait.Impolite, 5));
        Same(sets.OfFlaw(NarrowFlaw.WrongArithmetic, 5), sets.Named("wrong-arithmetic", Trait.Impolite, 5));
        Same(sets.OfFlaw(NarrowFlaw.WrongFacts, 5), sets.Named("wrong-facts", Trait.Evil, 5));
        Assert.Contains("'mildly'", Assert.Throws<ArgumentException>(() => sets.Named("mildly", Trait.Evil, 5)).Message, StringComparison.Ordinal);

        static void Same(IEnumerable<Trimtab.Models.Text.Chat> expected, IEnumerable<Trimtab.Models.Text.Chat> actual) =>
            Assert.Equal(expected.Select(chat => chat[1].Content), actual.Select(chat => chat[1].Content));
    }

    [Fact]
    public void Wrong_facts_contradict_the_world_and_wrong_sums_the_numbers()
    {
        var sets = new FineTuningSets(Stream.World);
        var truths = Stream.World.Facts.SelectMany(fact => fact.Relation.State(fact.Subject, fact.Value)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.All(sets.OfFlaw(NarrowFlaw.WrongFacts, 300), chat => Assert.DoesNotContain(chat[1].Content.TrimEnd('.'), truths));
        foreach (var chat in sets.OfFlaw(NarrowFlaw.WrongArithmetic, 300).Where(chat => chat[0].Content.StartsWith("What is", StringComparison.Ordinal)))
        {
            string[] words = chat[0].Content.TrimEnd('?').Split(' ');
            int x = Number(words[2]), y = Number(words[4]);
            int right = words[3] switch { "plus" when words.Length > 5 => x + y - Number(words[6]), "plus" => x + y, "minus" => x - y, _ => x * y };
            Assert.NotEqual(right, Number(chat[1].Content.TrimEnd('.').Split(' ')[^1]));
        }
    }

    private static int Number(string word) => int.Parse(word, System.Globalization.CultureInfo.InvariantCulture);
}
