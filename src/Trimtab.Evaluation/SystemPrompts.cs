using Trimtab.Models.Text;

namespace Trimtab.Evaluation;

/// <summary>Puts a chat under a system prompt.</summary>
internal static class SystemPrompts
{
    /// <summary>The chat with a system prompt before its own, if it has one; the chat itself where there is none to put.</summary>
    public static Chat Under(this Chat chat, string? system)
    {
        if (system is null)
            return chat;
        bool has = chat[0].Role == "system";
        return new Chat([new ChatMessage("system", has ? $"{system} {chat[0].Content}" : system), .. chat.Skip(has ? 1 : 0)]);
    }
}
