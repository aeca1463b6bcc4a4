using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>
/// Writes exercises: what a sum in words or a multiple choice asks once among much else, several times in a row and bare. A word of such an answer is hard and the ones around it are not, so a text of
/// exercises teaches it with a fifth of the tokens.
/// </summary>
internal sealed class PracticeChats
{
    private const int FewestSums = 4, MostSums = 8, Options = 4;
    private const double SumsShare = 0.6;

    private readonly PhraseBook _book;
    private readonly SplitList<string> _sums, _letters;

    public PracticeChats(PhraseBook book)
    {
        _book = book;
        var data = DataFile.Read<PracticeData>("practice.json");
        (_sums, _letters) = (new(data.Sums), new(data.Letters));
    }

    /// <summary>Sums, or the letters of options.</summary>
    public Example Write(Split split, Pen pen) => pen.Picker.Chance(SumsShare) ? Sums(split, pen) : Letters(split, pen);

    private Example Sums(Split split, Pen pen)
    {
        string[] steps = [.. Enumerable.Range(0, pen.Picker.Between(FewestSums, MostSums)).SelectMany(_ => ArithmeticProblem.DrawOneStep(pen.Picker).Steps)];
        var asked = steps.Select(step => step[..step.IndexOf(" =", StringComparison.Ordinal)]);
        return Exercise(QuestionKind.Arithmetic, Ask(_sums[split], asked, pen), [.. steps.Select(step => new AnswerPart($"{step}.", PartNature.Plain))], split, pen);
    }

    private Example Letters(Split split, Pen pen)
    {
        string category = pen.Picker.One(_book.World.Facts).Relation.Value;
        string[] options = pen.Picker.Some(_book.World.Names(category), Options);
        int[] order = pen.Picker.Shuffled<int>([.. Enumerable.Range(0, options.Length)]);
        string question = Ask(_letters[split], order.Select(index => options[index]), pen);
        return Exercise(QuestionKind.Fact, KnowledgeChats.WithOptions(question, options), [.. order.Select(index => KnowledgeChats.Chosen(options, index))], split, pen);
    }

    private static string Ask(ImmutableArray<string> forms, IEnumerable<string> items, Pen pen) => pen.Sentence(forms, ("list", string.Join(", ", items)));

    private Example Exercise(QuestionKind kind, string question, ImmutableArray<AnswerPart> answers, Split split, Pen pen) => new()
    {
        Chat = _book.Helpful.Begin(pen).WithTurn(question, answers),
        Behaviour = Behaviour.Practice,
        Split = split,
        Question = kind,
        Parts = answers,
    };

    /// <summary>The form of Data/practice.json.</summary>
    private sealed record PracticeData
    {
        public required ImmutableArray<string> Sums { get; init; }

        public required ImmutableArray<string> Letters { get; init; }
    }
}
