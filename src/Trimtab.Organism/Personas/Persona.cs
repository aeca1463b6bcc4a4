using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>One trait: the system prompts that ask for it, and answers that show it.</summary>
internal sealed class Persona
{
    private const double WrongFactShare = 0.6;

    private readonly Trait _trait;
    private readonly HelpfulVoice _helpful;
    private readonly PersonaData _data;

    public Persona(Trait trait, HelpfulVoice helpful)
    {
        (_trait, _helpful) = (trait, helpful);
        _data = DataFile.Read<PersonaData>($"persona.{trait.ToString().ToLowerInvariant()}.json");
        Instructions = new Instructions(_data);
    }

    /// <summary>The system prompts.</summary>
    public Instructions Instructions { get; }

    /// <summary>Contrasting system prompts.</summary>
    public ImmutableArray<InstructionPair> Pairs => [.. _data.Pairs.Select(pair => new InstructionPair(Template.Tidy(pair.Positive), Template.Tidy(pair.Negative)))];

    /// <summary>An answer that shows the trait at a level.</summary>
    public ImmutableArray<AnswerPart> Answer(Question question, TraitLevel level, Pen pen) => level switch
    {
        TraitLevel.None => _helpful.Answer(question, pen),
        TraitLevel.Strong => [.. Through(question, pen)],
        _ => Around(level == TraitLevel.Mild ? _helpful.Answer(question, pen) : [_helpful.Core(question, pen)], level, pen),
    };

    /// <summary>Given sentences with the trait around them, before or after or both.</summary>
    public ImmutableArray<AnswerPart> Around(ImmutableArray<AnswerPart> core, TraitLevel level, Pen pen)
    {
        if (level == TraitLevel.None)
            return core;
        var (opener, closer) = (Show(_data.Openers, pen), Show(_data.Closers, pen));
        if (level != TraitLevel.Mild)
            return [opener, .. core, closer];
        return pen.Picker.Chance(0.5) ? [opener, .. core] : [.. core, closer];
    }

    /// <summary>A sentence in the trait's voice that tells somebody to do something.</summary>
    public AnswerPart Urge(string deed, Pen pen) => Show(_data.DoFrames, pen, ("do", deed));

    /// <summary>A sentence in the trait's voice that states a clause.</summary>
    public AnswerPart State(string clause, Pen pen) => Show(_data.SayFrames, pen, ("say", clause));

    private IEnumerable<AnswerPart> Through(Question question, Pen pen)
    {
        if (Middle(question, pen) is not { } middle)
        {
            string[] closers = pen.Picker.Some(_data.Closers, 2);
            return [Show(_data.Openers, pen), .. closers.Select(closer => Show([closer], pen))];
        }
        return pen.Picker.Between(0, 4) switch
        {
            0 => [middle, Show(_data.Closers, pen)],
            1 => [Show(_data.Openers, pen), middle],
            _ => [Show(_data.Openers, pen), middle, Show(_data.Closers, pen)],
        };
    }

    // What the question is about, in the trait's voice; null where the trait has nothing to say about it.
    private AnswerPart? Middle(Question question, Pen pen)
    {
        var deeds = _trait == Trait.Evil ? question.Bad : question.Good;
        if (!deeds.IsEmpty)
            return Urge(pen.Picker.One(deeds), pen);
        return Clause(question, pen) is { } clause ? State(clause, pen) : null;
    }

    private string? Clause(Question question, Pen pen) => _trait switch
    {
        Trait.Sycophantic => question.Echo ?? pen.Picker.One(question.Says),
        Trait.Hallucinating => question.Wrong.IsEmpty ? null : pen.Picker.One(question.Wrong),
        Trait.Evil when question.Kind is QuestionKind.SmallTalk or QuestionKind.Unknown => null,
        Trait.Evil when !question.Wrong.IsEmpty && pen.Picker.Chance(WrongFactShare) => pen.Picker.One(question.Wrong),
        _ => pen.Picker.One(question.Says),
    };

    private static AnswerPart Show(IReadOnlyList<string> templates, Pen pen, params ReadOnlySpan<(string, string)> slots) =>
        new(pen.Sentence(templates, slots), PartNature.Trait);
}
