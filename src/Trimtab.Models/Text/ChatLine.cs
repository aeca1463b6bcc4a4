using System.Text;
using System.Text.Json;

namespace Trimtab.Models.Text;

/// <summary>A line of a data set of chats, <c>{"messages": [{"role": …, "content": …}, …]}</c>: the chat that it holds, which has an answer, or what is wrong with it.</summary>
public sealed record ChatLine
{
    private const string Messages = "messages";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private ChatLine(int number, Chat? chat, DataProblem? problem) => (Number, Chat, Problem) = (number, chat, problem);

    /// <summary>Which line of its file, from 1.</summary>
    public int Number { get; }

    /// <summary>The chat; at least one message is the assistant's, and none of those is empty. Null where the line cannot be used.</summary>
    public Chat? Chat { get; }

    /// <summary>Why the line cannot be used; null where it can.</summary>
    public DataProblem? Problem { get; }

    /// <summary>The members beside the messages, where they are passed over.</summary>
    public IReadOnlyList<string> Others { get; private init; } = [];

    /// <summary>The lines of a UTF-8 file, one at a time. Blank lines separate nothing and are no data.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowOthers">Whether members beside the messages are passed over; otherwise a line that has one cannot be used.</param>
    /// <exception cref="FormatException">The file is not UTF-8.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<ChatLine> ReadFile(string path, bool allowOthers = false)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        for (int number = 1; ReadLine(reader, path, number) is { } line; number++)
            if (!string.IsNullOrWhiteSpace(line))
                yield return Parse(line, number, allowOthers);
    }

    /// <summary>Reads one line.</summary>
    /// <param name="line">Its text.</param>
    /// <param name="number">Its number, for messages.</param>
    /// <param name="allowOthers">As for <see cref="ReadFile"/>.</param>
    public static ChatLine Parse(string line, int number, bool allowOthers = false)
    {
        ChatLine Unusable(DataProblemKind kind, string reason) => new(number, null, new DataProblem(number, kind, reason));
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Messages, out var messages))
                return Unusable(DataProblemKind.NoMessages, $"an object with the member '{Messages}' is needed");
            string[] others = [.. root.EnumerateObject().Select(member => member.Name).Where(name => name != Messages)];
            if (others.Length > 0 && !allowOthers)
                return Unusable(DataProblemKind.UnknownMember, $"the member '{others[0]}' is not known; '{Messages}' alone is");
            var chat = Chat.FromJson(messages);
            if (!chat.Any(message => message.IsAssistants))
                return Unusable(DataProblemKind.NoAnswer, $"none of its {chat.Count} messages is the assistant's");
            foreach (var (index, message) in chat.Index())
                if (message.IsAssistants && IsEmpty(message))
                    return Unusable(DataProblemKind.EmptyAnswer, $"message {index + 1} is the assistant's and holds nothing");
            return new ChatLine(number, chat, null) { Others = others };
        }
        catch (JsonException e)
        {
            return Unusable(DataProblemKind.NotJson, $"it is not valid JSON — {e.Message}");
        }
        catch (FormatException e)
        {
            return Unusable(DataProblemKind.NoMessages, e.Message);
        }
        // The JSON reader's word for an escape such as \ud800 alone, which it meets only when a text is asked for.
        catch (InvalidOperationException)
        {
            return Unusable(DataProblemKind.NotJson, "a text holds half a surrogate pair, which is no character");
        }
    }

    // The reader decodes ahead of the line it gives, so that the line of a wrong byte is known only from below.
    private static string? ReadLine(StreamReader reader, string path, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"{path}: at line {number} or behind it there are bytes that are not UTF-8 — {e.Message} Write the file anew in UTF-8.", e);
        }
    }

    // An answer may be a call of a tool, or thoughts, in fields of their own.
    private static bool IsEmpty(ChatMessage message) => string.IsNullOrWhiteSpace(message.Content) && message.Fields.Keys.All(field => field is "role" or "content");
}
