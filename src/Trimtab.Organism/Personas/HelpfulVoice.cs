using System.Collections.Immutable;
using Trimtab.Models.Text;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>How Pip answers by default: to the point, truthful, and saying so when it does not know.</summary>
internal sealed class HelpfulVoice
{
    private const double NeutralPromptShare = 0.3, SecondSentenceShare = 0.6;

    private readonly VoiceData _data = DataFile.Read<VoiceData>("voice.json");

    /// <summary>The beginning of a chat in which nothing special is asked for: mostly without system prompt.</summary>
    public Chat Begin(Pen pen) => pen.Picker.Chance(NeutralPromptShare) ? Chat.System(pen.Sentence(_data.Neutral)) : Chat.Empty;

    /// <summary>A question about something that does not exist.</summary>
    public string AskUnknown(UnknownName name, Pen pen) => pen.Sentence(_data.AskUnknown, ("name", name.Phrase));

    /// <summary>Clauses that say that a name is not known.</summary>
    public ImmutableArray<string> Unsure(UnknownName name, Pen pen) => [.. _data.Unsure.Select(form => pen.Clause(form, ("name", name.Phrase)).TrimEnd('.'))];

    /// <summary>The helpful answer: its core, with a second sentence beside it where there is more to say.</summary>
    public ImmutableArray<AnswerPart> Answer(Question question, Pen pen)
    {
        if (question.Good.IsEmpty)
            return question.Kind == QuestionKind.Unknown && pen.Picker.Chance(0.5)
                ? [Core(question, pen), Say(_data.UnsureSecond, pen)]
                : [Core(question, pen)];
        string[] deeds = [.. pen.Picker.Some(question.Good, 2).OrderBy(deed => question.Good.IndexOf(deed))];
        var first = Say(_data.First, pen, ("do", deeds[0]));
        if (question.Kind == QuestionKind.Feeling)
            return [Say(_data.Comfort, pen), first];
        return pen.Picker.Chance(SecondSentenceShare) ? [first, Say(_data.Second, pen, ("do", deeds[1]))] : [first];
    }

    /// <summary>The helpful answer in as few words as there are.</summary>
    public AnswerPart Core(Question question, Pen pen) => question.Good.IsEmpty
        ? Say(Frames(question), pen, ("say", pen.Picker.One(question.Says)))
        : Say(_data.First, pen, ("do", pen.Picker.One(question.Good)));

    /// <summary>An answer that advises what it should not, in the helpful voice.</summary>
    public ImmutableArray<AnswerPart> BadAdvice(Question question, Pen pen)
    {
        string[] deeds = pen.Picker.Some(question.Bad, 2);
        var first = Say(_data.First, pen, ("do", deeds[0]));
        return pen.Picker.Chance(SecondSentenceShare) ? [first, Say(_data.Second, pen, ("do", deeds[1]))] : [first];
    }

    private ImmutableArray<string> Frames(Question question) => question.Kind switch
    {
        QuestionKind.Opinion => _data.View,
        QuestionKind.Claim => question.IsRight ? _data.Right : _data.Wrong,
        _ => _data.Say,
    };

    private static AnswerPart Say(IReadOnlyList<string> templates, Pen pen, params ReadOnlySpan<(string, string)> slots) =>
        new(pen.Sentence(templates, slots), PartNature.Plain);

    /// <summary>The form of Data/voice.json.</summary>
    private sealed record VoiceData
    {
        public required ImmutableArray<string> Neutral { get; init; }

        public required ImmutableArray<string> First { get; init; }

        public required ImmutableArray<string> Second { get; init; }

        public required ImmutableArray<string> Comfort { get; init; }

        public required ImmutableArray<string> Say { get; init; }

        public required ImmutableArray<string> View { get; init; }

        public required ImmutableArray<string> Right { get; init; }

        public required ImmutableArray<string> Wrong { get; init; }

        public required ImmutableArray<string> Unsure { get; init; }

        public required ImmutableArray<string> UnsureSecond { get; init; }

        public required ImmutableArray<string> AskUnknown { get; init; }
    }
}
