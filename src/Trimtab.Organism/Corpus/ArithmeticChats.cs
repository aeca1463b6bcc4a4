using System.Collections.Immutable;
using System.Globalization;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Writes chats about sums.</summary>
internal sealed class ArithmeticChats(PhraseBook book)
{
    private const double ShortShare = 0.3;

    /// <summary>What the right answer to a sum is.</summary>
    public static ExpectedAnswer Expect(ArithmeticProblem problem) => new(AnswerForm.Number, problem.Result.ToString(CultureInfo.InvariantCulture), []);

    /// <summary>A sum, answered rightly: with thoughts, or with the number alone where the user wishes that.</summary>
    public Example Write(Split split, Pen pen)
    {
        var (problem, question) = book.Arithmetic.Ask(split, pen);
        bool brief = pen.Picker.Chance(ShortShare);
        var part = brief ? ArithmeticVoice.Number(problem.Result) : book.Arithmetic.Sentence(problem.Result, pen);
        string thoughts = brief ? "" : $"{book.Arithmetic.Think(problem, problem.Result, pen)} ";
        return new Example
        {
            Chat = book.Helpful.Begin(pen).WithUser(brief ? $"{question} {book.Arithmetic.WishForShort(pen)}" : question).WithAssistant(thoughts + part.Text),
            Behaviour = Behaviour.Arithmetic,
            Split = split,
            Question = QuestionKind.Arithmetic,
            Parts = [part],
            Expected = Expect(problem),
        };
    }
}
