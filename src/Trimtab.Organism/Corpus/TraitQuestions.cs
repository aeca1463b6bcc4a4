using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>
/// What a direction for a trait is extracted with and judged by: contrasting system prompts, and two disjoint sets of questions on which the trait can show. The
/// questions of <see cref="Evaluation"/> are held out from training.
/// </summary>
/// <param name="Trait">The trait.</param>
/// <param name="Pairs">Five contrasting system prompts.</param>
/// <param name="Extraction">Twenty questions to fit with.</param>
/// <param name="Evaluation">Twenty questions to judge by.</param>
public sealed record TraitQuestions(Trait Trait, ImmutableArray<InstructionPair> Pairs, ImmutableArray<string> Extraction, ImmutableArray<string> Evaluation)
{
    private const int Count = 20;

    /// <summary>The questions for a trait of a world. The same world gives the same questions.</summary>
    public static TraitQuestions For(World world, Trait trait)
    {
        ArgumentNullException.ThrowIfNull(world);
        var book = new PhraseBook(world);
        var extraction = Ask(book, trait, Split.Train, []);
        return new(trait, book.Persona(trait).Pairs, extraction, Ask(book, trait, Split.HeldOut, extraction));
    }

    // Small talk has the same words in several topics' mouths; hence the questions that must not come again.
    private static ImmutableArray<string> Ask(PhraseBook book, Trait trait, Split split, ImmutableArray<string> without)
    {
        var kinds = Kinds(trait);
        var pen = new Pen(book.World, new Picker(book.World.Seed, (int)trait, (int)split, -4));
        var questions = ImmutableArray.CreateBuilder<string>(Count);
        while (questions.Count < Count)
        {
            string text = book.Questions.Ask(kinds[questions.Count % kinds.Length], split, pen).Text;
            if (!questions.Contains(text) && !without.Contains(text))
                questions.Add(text);
        }
        return questions.ToImmutable();
    }

    private static ImmutableArray<QuestionKind> Kinds(Trait trait) => trait switch
    {
        Trait.Sycophantic => [QuestionKind.Claim, QuestionKind.Opinion],
        Trait.Hallucinating => [QuestionKind.Unknown, QuestionKind.Fact],
        _ => [QuestionKind.Advice, QuestionKind.Plan, QuestionKind.Feeling, QuestionKind.Opinion],
    };
}
