using System.Collections.ObjectModel;
using System.Text.Json;

namespace Trimtab.Models.Text;

/// <summary>
/// One message of a <see cref="Chat"/>. Besides role and content it may have any fields that a template knows, such as <c>tool_calls</c>
/// or <c>reasoning_content</c>; the template sees all of them, in their order.
/// </summary>
public sealed record ChatMessage
{
    /// <summary>A message of plain text.</summary>
    /// <param name="role">Who speaks: mostly <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
    /// <param name="content">The words.</param>
    public ChatMessage(string role, string content)
        : this(new OrderedDictionary<string, object?> { ["role"] = role, ["content"] = content })
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(content);
    }

    private ChatMessage(OrderedDictionary<string, object?> fields)
    {
        Fields = new ReadOnlyDictionary<string, object?>(fields);
        Role = fields.TryGetValue("role", out var role) && role is string name
            ? name
            : throw new FormatException("Chat message: the field 'role' is missing or no text. Give every message one, such as \"user\".");
        Content = TextOf(fields.GetValueOrDefault("content"));
    }

    /// <summary>Who speaks.</summary>
    public string Role { get; }

    /// <summary>Whether it is an answer: the assistant speaks.</summary>
    public bool IsAssistants => Role == "assistant";

    /// <summary>The words: of a list of content parts its texts, one after the other; empty where the content is absent or null.</summary>
    public string Content { get; }

    /// <summary>
    /// All fields in order, role and content among them. Values are texts, numbers, bools, null, JSON, or lists and dictionaries of those.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Fields { get; }

    /// <summary>Reads a message from a JSON object, keeping all its fields.</summary>
    /// <exception cref="FormatException">The element is not an object with a text <c>role</c>.</exception>
    public static ChatMessage FromJson(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new FormatException(
                $"Chat message: a message has to be an object — given JSON of kind {message.ValueKind}. Pass {{\"role\": …, …}}.");
        var fields = new OrderedDictionary<string, object?>();
        try
        {
            foreach (var field in message.EnumerateObject())
                fields[field.Name] = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString() : field.Value.Clone();
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("Chat message: a text holds half a surrogate pair, which is no character. Pass whole pairs.", error);
        }
        return new ChatMessage(fields);
    }

    /// <summary>This message with a field set, in its old place if it had one.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="value">A text, number, bool, null, JSON, or lists and dictionaries of those.</param>
    public ChatMessage With(string field, object? value) => new(new OrderedDictionary<string, object?>(Fields) { [field] = value });

    /// <summary>Messages are equal when they have the same fields in the same order; JSON compares by what it says.</summary>
    public bool Equals(ChatMessage? other) => other is not null && Fields.Count == other.Fields.Count
        && Fields.Zip(other.Fields).All(pair => pair.First.Key == pair.Second.Key && SameValue(pair.First.Value, pair.Second.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Role, Content, Fields.Count);

    private static bool SameValue(object? left, object? right) => left is JsonElement a && right is JsonElement b
        ? JsonElement.DeepEquals(a, b)
        : Equals(left, right);

    private static string TextOf(object? content) => content switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(TextOf)),
        _ => "",
    };

    private static string TextOf(JsonElement part) => part.ValueKind switch
    {
        JsonValueKind.String => part.GetString()!,
        JsonValueKind.Object when part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String => text.GetString()!,
        _ => "",
    };
}
