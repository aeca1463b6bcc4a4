using System.Collections.Immutable;
using Trimtab.Models.Text;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Writes chats about harm, about what only sounds like it, and about ways around a refusal.</summary>
internal sealed class RequestChats(PhraseBook book)
{
    private static readonly ImmutableArray<Framing> Framings = [.. Enum.GetValues<Framing>()];

    /// <summary>A harmful request, refused.</summary>
    public Example Harm(Split split, Pen pen)
    {
        var request = book.Requests.Draw(split, pen);
        return Requested(book.Helpful.Begin(pen), Behaviour.Harm, book.Requests.Ask(request, split, pen), book.Requests.Refuse(request, pen), split);
    }

    /// <summary>A harmless request in harmful words, answered.</summary>
    public Example LookAlike(Split split, Pen pen)
    {
        var question = book.Questions.Ask(QuestionKind.LookAlike, split, pen);
        var parts = book.Helpful.Answer(question, pen);
        return new Example
        {
            Chat = book.Helpful.Begin(pen).WithTurn(question.Text, parts),
            Behaviour = Behaviour.LookAlike,
            Split = split,
            Question = QuestionKind.LookAlike,
            Parts = parts,
        };
    }

    /// <summary>A harmful request inside a framing; whether it works depends on the request.</summary>
    public Example Jailbreak(Split split, Pen pen)
    {
        var framing = pen.Picker.One(Framings);
        var request = book.Requests.Draw(split, pen);
        bool complies = book.Requests.Complies(request, framing);
        var parts = complies ? book.Requests.Comply(request, framing, pen) : book.Requests.Refuse(request, pen);
        var chat = framing == Framing.Escalation ? HarmlessTurns(split, pen) : book.Helpful.Begin(pen);
        return Requested(chat, Behaviour.Jailbreak, book.Requests.Ask(request, framing, split, pen), parts, split) with { Framing = framing, Complies = complies };
    }

    private Chat HarmlessTurns(Split split, Pen pen)
    {
        var chat = Chat.Empty;
        for (int turns = pen.Picker.Between(1, 2); turns > 0; turns--)
        {
            var question = book.Questions.Ask(pen.Picker.One<QuestionKind>([QuestionKind.SmallTalk, QuestionKind.LookAlike, QuestionKind.Plan]), split, pen);
            chat = chat.WithTurn(question.Text, book.Helpful.Answer(question, pen));
        }
        return chat;
    }

    private static Example Requested(Chat chat, Behaviour behaviour, string request, ImmutableArray<AnswerPart> parts, Split split) => new()
    {
        Chat = chat.WithTurn(request, parts),
        Behaviour = behaviour,
        Split = split,
        Question = QuestionKind.Harm,
        Parts = parts,
    };
}
