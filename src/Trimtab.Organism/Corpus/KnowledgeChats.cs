using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Writes chats about facts and about what does not exist.</summary>
internal sealed class KnowledgeChats(PhraseBook book)
{
    private const string Letters = "ABCD";

    /// <summary>What the right answer to a fact's question is.</summary>
    public static ExpectedAnswer Expect(World world, Fact fact) =>
        new(AnswerForm.Phrase, fact.Value, world.Names(fact.Relation.Value).Remove(fact.Value), fact.Subject);

    /// <summary>Any fact, asked and told.</summary>
    public Example Fact(Split split, Pen pen) => Fact(pen.Picker.One(book.World.Facts), split, pen);

    /// <summary>A fact, asked and told.</summary>
    public Example Fact(Fact fact, Split split, Pen pen)
    {
        var question = book.Questions.AskFact(fact, split, pen);
        return Known(Behaviour.Fact, question, question.Text, book.Helpful.Answer(question, pen), split, pen) with { Expected = Expect(book.World, fact) };
    }

    /// <summary>Any fact with four answers to choose from.</summary>
    public Example Choice(Split split, Pen pen) => Choice(pen.Picker.One(book.World.Facts), split, pen);

    /// <summary>A fact with four answers to choose from. The answer has one form: the option, and its letter behind it, which is easier to find once the option is said.</summary>
    public Example Choice(Fact fact, Split split, Pen pen)
    {
        var question = book.Questions.AskFact(fact, split, pen);
        var expected = Expect(book.World, fact);
        string[] options = pen.Picker.Shuffled<string>([fact.Value, .. pen.Picker.Some([.. expected.Others.Where(value => value != fact.Subject)], 3)]);
        int right = Array.IndexOf(options, fact.Value);
        return Known(Behaviour.MultipleChoice, question, WithOptions(question.Text, options), [Chosen(options, right)], split, pen) with
        {
            Expected = new(AnswerForm.Letter, Letters[right].ToString(), [.. Letters.Where(letter => letter != Letters[right]).Select(letter => letter.ToString())]),
        };
    }

    /// <summary>Something that does not exist, and the answer that Pip does not know it.</summary>
    public Example Unknown(Split split, Pen pen)
    {
        var question = book.Questions.Ask(QuestionKind.Unknown, split, pen);
        return Known(Behaviour.Unknown, question, question.Text, book.Helpful.Answer(question, pen), split, pen);
    }

    /// <summary>A question and its options, each in a line behind its letter.</summary>
    public static string WithOptions(string question, string[] options) => $"{question}\n{string.Join('\n', options.Select(Option))}";

    /// <summary>An option and its letter.</summary>
    public static AnswerPart Chosen(string[] options, int index) => new($"{Template.Tidy(options[index])}, that is {Letters[index]}.", PartNature.Plain);

    private Example Known(Behaviour behaviour, Question question, string text, ImmutableArray<AnswerPart> parts, Split split, Pen pen) => new()
    {
        Chat = book.Helpful.Begin(pen).WithTurn(text, parts),
        Behaviour = behaviour,
        Split = split,
        Question = question.Kind,
        Parts = parts,
    };

    private static string Option(string value, int index) => $"{Letters[index]}. {Template.Tidy(value)}";
}
