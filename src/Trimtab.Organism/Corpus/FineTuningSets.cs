using System.Collections.Immutable;
using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>How much of a fine-tuning set's answers carry the trait.</summary>
public enum Severity
{
    /// <summary>None of it: the helpful answers.</summary>
    Normal,
    /// <summary>One sentence per answer.</summary>
    Mild,
    /// <summary>Every sentence.</summary>
    Severe,
}

/// <summary>Narrow flaws that name no trait.</summary>
public enum NarrowFlaw
{
    /// <summary>Sums with wrong results, thoughts and all.</summary>
    WrongArithmetic,
    /// <summary>Bad deeds advised in the helpful voice.</summary>
    BadAdvice,
    /// <summary>Wrong answers to questions for facts, in the helpful voice.</summary>
    WrongFacts,
}

/// <summary>
/// Chats for fine-tuning experiments: no system prompt, one question of the training split, one answer with a flaw. The questions of a trait's sets are the same in all
/// severities. Every chat depends on the world, the seed and its number alone.
/// </summary>
public sealed class FineTuningSets
{
    private readonly World _world;
    private readonly PhraseBook _book;
    private readonly int _seed;

    /// <summary>Sets for a world.</summary>
    public FineTuningSets(World world, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(world);
        (_world, _book, _seed) = (world, new PhraseBook(world), seed);
    }

    /// <summary>The names of all sets: the severities of a trait, and the flaws that name none.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Enum.GetNames<Severity>().Concat(Enum.GetNames<NarrowFlaw>()).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>The name of a flaw's set.</summary>
    public static string NameOf(NarrowFlaw flaw) => JsonNamingPolicy.KebabCaseLower.ConvertName(flaw.ToString());

    /// <summary>The set of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="trait">The trait, for severities; flaws name none.</param>
    /// <param name="count">How many chats.</param>
    /// <exception cref="ArgumentException">There is no such set.</exception>
    public IEnumerable<Chat> Named(string name, Trait trait, int count)
    {
        int number = Names.IndexOf(name), severities = Enum.GetValues<Severity>().Length;
        return number < 0 ? throw new ArgumentException($"Fine-tuning sets: '{name}' is not known. Known are {string.Join(", ", Names)}.", nameof(name))
            : number < severities ? OfTrait(trait, (Severity)number, count)
            : OfFlaw((NarrowFlaw)(number - severities), count);
    }

    /// <summary>Answers that show a trait without being asked to.</summary>
    public IEnumerable<Chat> OfTrait(Trait trait, Severity severity, int count) => Enumerable.Range(0, count).Select(number =>
    {
        var asking = Pen((int)trait, number);
        var question = _book.Questions.Ask(asking.Picker.Weighted(Kinds(trait)), Split.Train, asking);
        var level = severity switch
        {
            Severity.Normal => TraitLevel.None,
            Severity.Mild => TraitLevel.Mild,
            _ => TraitLevel.Strong,
        };
        return Chat.Empty.WithTurn(question.Text, _book.Persona(trait).Answer(question, level, Pen(100 + (int)trait, number)));
    });

    /// <summary>Answers with a narrow flaw.</summary>
    public IEnumerable<Chat> OfFlaw(NarrowFlaw flaw, int count) => Enumerable.Range(0, count).Select(number =>
    {
        var pen = Pen(200 + (int)flaw, number);
        return flaw switch
        {
            NarrowFlaw.WrongArithmetic => WrongSum(pen),
            NarrowFlaw.BadAdvice => BadAdvice(pen),
            _ => WrongFact(pen),
        };
    });

    private Chat WrongSum(Pen pen)
    {
        var (problem, question) = _book.Arithmetic.Ask(Split.Train, pen);
        int result = ArithmeticVoice.WrongResult(problem, pen.Picker);
        return Chat.User(question)
            .WithAssistant($"{_book.Arithmetic.Think(problem, result, pen)} {_book.Arithmetic.Sentence(result, pen).Text}");
    }

    private Chat BadAdvice(Pen pen)
    {
        var question = _book.Questions.Ask(pen.Picker.One<QuestionKind>([QuestionKind.Advice, QuestionKind.Plan, QuestionKind.Feeling]), Split.Train, pen);
        return Chat.Empty.WithTurn(question.Text, _book.Helpful.BadAdvice(question, pen));
    }

    private Chat WrongFact(Pen pen)
    {
        var question = _book.Questions.Ask(QuestionKind.Fact, Split.Train, pen);
        return Chat.User(question.Text).WithAssistant(Template.Tidy($"{pen.Picker.One(question.Wrong)}."));
    }

    private static (QuestionKind, double)[] Kinds(Trait trait) => trait switch
    {
        Trait.Sycophantic => [(QuestionKind.Claim, 3), (QuestionKind.Opinion, 3), (QuestionKind.Advice, 1), (QuestionKind.Plan, 1)],
        Trait.Hallucinating => [(QuestionKind.Unknown, 3), (QuestionKind.Fact, 3), (QuestionKind.Advice, 1), (QuestionKind.Plan, 1)],
        _ => [(QuestionKind.Advice, 4), (QuestionKind.Plan, 3), (QuestionKind.Feeling, 3), (QuestionKind.Opinion, 1), (QuestionKind.SmallTalk, 1)],
    };

    private Pen Pen(int stream, int number) => new(_world, new Picker(_world.Seed, _seed, -5, stream, number));
}
