using System.Collections.Immutable;
using Trimtab.Models.Text;

namespace Trimtab.Organism;

/// <summary>Puts the parts of an answer into a chat.</summary>
internal static class ChatForm
{
    /// <summary>The chat with a question and its answer at its end.</summary>
    public static Chat WithTurn(this Chat chat, string question, ImmutableArray<AnswerPart> answer) => chat.WithUser(question).WithAssistant(answer.Text());

    /// <summary>The parts as one text.</summary>
    public static string Text(this ImmutableArray<AnswerPart> parts) => string.Join(' ', parts.Select(part => part.Text));
}
