using System.Collections;
using System.Text.Json;

namespace Trimtab.Models.Text;

/// <summary>A conversation: messages in their order. It never changes; every <c>With…</c> returns a longer one.</summary>
/// <example><code>Chat.System("Be kind.").WithUser("What should I do with a lost wallet?")</code></example>
public sealed class Chat : IReadOnlyList<ChatMessage>
{
    private readonly ChatMessage[] _messages;

    /// <summary>A conversation of the given messages.</summary>
    public Chat(params IEnumerable<ChatMessage> messages) => _messages = [.. messages];

    /// <summary>The conversation without messages.</summary>
    public static Chat Empty { get; } = new();

    /// <inheritdoc/>
    public int Count => _messages.Length;

    /// <inheritdoc/>
    public ChatMessage this[int index] => _messages[index];

    /// <summary>A conversation that begins with the user's words.</summary>
    public static Chat User(string text) => Empty.WithUser(text);

    /// <summary>A conversation that begins with instructions to the model.</summary>
    public static Chat System(string text) => Empty.WithSystem(text);

    /// <summary>Reads a conversation from a JSON array of messages, as chat completion interfaces and data sets write it.</summary>
    /// <param name="json">An array of objects with at least a text <c>role</c>; all their fields are kept, in order.</param>
    /// <exception cref="FormatException">The text is not JSON, or not such an array.</exception>
    public static Chat FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return FromJson(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new FormatException($"Chat: the text is not JSON — {error.Message} Pass an array of messages.", error);
        }
    }

    /// <summary>Reads a conversation from a JSON array of messages.</summary>
    /// <exception cref="FormatException">The element is not an array of objects with a text <c>role</c>.</exception>
    public static Chat FromJson(JsonElement messages) => messages.ValueKind == JsonValueKind.Array
        ? new Chat(messages.EnumerateArray().Select(ChatMessage.FromJson).ToArray())
        : throw new FormatException(
            $"Chat: messages have to be an array — given JSON of kind {messages.ValueKind}. Pass [{{\"role\": …, \"content\": …}}, …].");

    /// <summary>This conversation and one more message.</summary>
    public Chat With(ChatMessage message) => new([.. _messages, message]);

    /// <summary>This conversation, then the user speaks.</summary>
    public Chat WithUser(string text) => With(new ChatMessage("user", text));

    /// <summary>This conversation, then the assistant speaks.</summary>
    public Chat WithAssistant(string text) => With(new ChatMessage("assistant", text));

    /// <summary>This conversation, then instructions.</summary>
    public Chat WithSystem(string text) => With(new ChatMessage("system", text));

    /// <inheritdoc/>
    public IEnumerator<ChatMessage> GetEnumerator() => ((IEnumerable<ChatMessage>)_messages).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _messages.GetEnumerator();
}
