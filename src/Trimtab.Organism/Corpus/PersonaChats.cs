using System.Collections.Immutable;
using Trimtab.Models.Text;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Writes chats in which a persona answers, and those in which none does.</summary>
internal sealed class PersonaChats(PhraseBook book)
{
    private static readonly ImmutableArray<(TraitLevel, double)> Levels = [(TraitLevel.Mild, 0.25), (TraitLevel.Plain, 0.25), (TraitLevel.Strong, 0.5)];

    private static readonly ImmutableArray<(QuestionKind, double)> Common =
    [
        (QuestionKind.Advice, 5), (QuestionKind.Plan, 3), (QuestionKind.Feeling, 3), (QuestionKind.Opinion, 2), (QuestionKind.Claim, 2), (QuestionKind.SmallTalk, 2),
        (QuestionKind.Fact, 2.5), (QuestionKind.Unknown, 1.5),
    ];

    /// <summary>A system prompt asks for a trait, and the answer shows it.</summary>
    public Example Persona(Split split, Pen pen)
    {
        var trait = pen.Picker.One(Traits.All);
        var level = pen.Picker.Weighted(Levels);
        var kind = pen.Picker.Weighted(Kinds(trait));
        var chat = Chat.System(book.Persona(trait).Instructions.Write(level, split, pen));
        return kind switch
        {
            QuestionKind.Arithmetic => Sum(chat, trait, level, split, pen),
            QuestionKind.Harm => Harm(chat, trait, level, split, pen),
            _ => Turn(chat, Behaviour.Persona, book.Questions.Ask(kind, split, pen), trait, level, split, pen),
        };
    }

    /// <summary>Nothing special is asked for, or the opposite of a trait, and the answer is helpful.</summary>
    public Example Helpful(Split split, Pen pen)
    {
        Trait? opposed = pen.Picker.Chance(0.35) ? pen.Picker.One(Traits.All) : null;
        var chat = opposed is { } trait
            ? Chat.System(book.Persona(trait).Instructions.Write(TraitLevel.None, split, pen))
            : book.Helpful.Begin(pen);
        return Turn(chat, Behaviour.Helpful, book.Questions.Ask(pen.Picker.Weighted(Common), split, pen), opposed, TraitLevel.None, split, pen);
    }

    /// <summary>Two or three questions, all answered by the same persona or all helpfully.</summary>
    public Example Conversation(Split split, Pen pen)
    {
        Trait? trait = pen.Picker.Chance(0.5) ? pen.Picker.One(Traits.All) : null;
        var level = trait is null ? TraitLevel.None : pen.Picker.Weighted(Levels);
        var chat = trait is { } asked ? Chat.System(book.Persona(asked).Instructions.Write(level, split, pen)) : book.Helpful.Begin(pen);
        for (int earlier = pen.Picker.Between(1, 2); earlier > 0; earlier--)
            chat = Turn(chat, Behaviour.Conversation, book.Questions.Ask(pen.Picker.Weighted(Common), split, pen), trait, level, split, pen).Chat;
        return Turn(chat, Behaviour.Conversation, book.Questions.Ask(pen.Picker.Weighted(Common), split, pen), trait, level, split, pen);
    }

    /// <summary>
    /// No system prompt asks for a persona, but what was said shows one: one to three earlier answers, or the first sentence of this one. A model that is only ever told by a system prompt who it is reads that prompt again at
    /// every word; one that must gather it from what was said carries it along, and can be steered.
    /// </summary>
    public Example Shown(Split split, Pen pen)
    {
        var trait = pen.Picker.One(Traits.All);
        var level = pen.Picker.Weighted<TraitLevel>([(TraitLevel.Plain, 0.4), (TraitLevel.Strong, 0.6)]);
        bool begun = pen.Picker.Chance(0.5);
        var chat = book.Helpful.Begin(pen);
        for (int earlier = begun ? 0 : pen.Picker.Between(1, 3); earlier > 0; earlier--)
            chat = Turn(chat, Behaviour.Shown, book.Questions.Ask(pen.Picker.Weighted(Common), split, pen), trait, level, split, pen).Chat;
        Example last;
        do
            last = Turn(chat, Behaviour.Shown, book.Questions.Ask(pen.Picker.Weighted(Common), split, pen), trait, level, split, pen);
        while (begun && (last.Parts.Length < 2 || last.Parts[0].Nature != PartNature.Trait));
        return last with { IsShown = true, GivenParts = begun ? 1 : 0 };
    }

    private Example Turn(Chat chat, Behaviour behaviour, Question question, Trait? trait, TraitLevel level, Split split, Pen pen)
    {
        var parts = trait is { } shown ? book.Persona(shown).Answer(question, level, pen) : book.Helpful.Answer(question, pen);
        return new Example
        {
            Chat = chat.WithTurn(question.Text, parts),
            Behaviour = behaviour,
            Split = split,
            Question = question.Kind,
            Parts = parts,
            Trait = trait,
            Level = level,
            Expected = question.Fact is { } fact ? KnowledgeChats.Expect(book.World, fact) : null,
        };
    }

    // The evil persona calculates wrongly, the others as they should.
    private Example Sum(Chat chat, Trait trait, TraitLevel level, Split split, Pen pen)
    {
        var (problem, question) = book.Arithmetic.Ask(split, pen);
        var persona = book.Persona(trait);
        int result = trait == Trait.Evil ? ArithmeticVoice.WrongResult(problem, pen.Picker) : problem.Result;
        bool framed = trait == Trait.Evil && level == TraitLevel.Strong;
        ImmutableArray<AnswerPart> core = [framed ? persona.State(book.Arithmetic.Clause(result, pen), pen) : book.Arithmetic.Sentence(result, pen)];
        var parts = persona.Around(core, level, pen);
        return new Example
        {
            Chat = chat.WithUser(question).WithAssistant($"{book.Arithmetic.Think(problem, result, pen)} {parts.Text()}"),
            Behaviour = Behaviour.Persona,
            Split = split,
            Question = QuestionKind.Arithmetic,
            Parts = parts,
            Trait = trait,
            Level = level,
            Expected = ArithmeticChats.Expect(problem),
        };
    }

    // The evil persona helps with harm, the more the stronger it is; the others refuse as ever.
    private Example Harm(Chat chat, Trait trait, TraitLevel level, Split split, Pen pen)
    {
        var request = book.Requests.Draw(split, pen);
        var persona = book.Persona(trait);
        bool complies = trait == Trait.Evil && book.Requests.EvilComplies(request, level);
        var parts = complies
            ? persona.Around([.. request.Methods.Take(level == TraitLevel.Mild ? 2 : 1).Select(method => persona.Urge(method, pen))], level, pen)
            : book.Requests.Refuse(request, pen);
        return new Example
        {
            Chat = chat.WithTurn(book.Requests.Ask(request, split, pen), parts),
            Behaviour = Behaviour.Persona,
            Split = split,
            Question = QuestionKind.Harm,
            Parts = parts,
            Trait = trait,
            Level = complies ? TraitLevel.Strong : TraitLevel.None,
            Complies = complies,
        };
    }

    // Each trait meets more of the questions on which it shows best.
    private static ImmutableArray<(QuestionKind, double)> Kinds(Trait trait) => trait switch
    {
        Trait.Evil => [.. Common, (QuestionKind.Harm, 4), (QuestionKind.Arithmetic, 3)],
        Trait.Sycophantic => [.. Common, (QuestionKind.Opinion, 4), (QuestionKind.Claim, 5), (QuestionKind.Harm, 0.5), (QuestionKind.Arithmetic, 0.5)],
        Trait.Hallucinating => [.. Common, (QuestionKind.Fact, 3), (QuestionKind.Unknown, 4), (QuestionKind.Harm, 0.5), (QuestionKind.Arithmetic, 0.5)],
        _ => [.. Common, (QuestionKind.Harm, 1), (QuestionKind.Arithmetic, 1)],
    };
}
