using System.Text.Json;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Training.Data;

/// <summary>Reads the lines of a data set, each into a text or into a problem.</summary>
/// <param name="encoder">Makes the tokens.</param>
/// <param name="maxTokens">The most tokens that a chat may have.</param>
internal sealed class ChatLineReader(ChatEncoder encoder, int maxTokens)
{
    private const string Messages = "messages";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly List<LossText> _texts = [];
    private readonly List<DataProblem> _problems = [];

    public IReadOnlyList<LossText> Texts => _texts;

    public IReadOnlyList<DataProblem> Problems => _problems;

    /// <summary>Reads one line.</summary>
    public void Read(string line, int number)
    {
        if (ProblemOf(line) is { } problem)
            _problems.Add(new DataProblem(number, problem.Kind, problem.Reason));
    }

    /// <summary>What is wrong with a line; null where nothing is, and its text was added.</summary>
    private (DataProblemKind Kind, string Reason)? ProblemOf(string line)
    {
        Chat chat;
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Messages, out var messages))
                return (DataProblemKind.NoMessages, $"an object with the member '{Messages}' is needed");
            if (root.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => name != Messages) is { } unknown)
                return (DataProblemKind.UnknownMember, $"the member '{unknown}' is not known; '{Messages}' alone is");
            chat = Chat.FromJson(messages);
        }
        catch (JsonException e)
        {
            return (DataProblemKind.NotJson, $"it is not valid JSON — {e.Message}");
        }
        catch (FormatException e)
        {
            return (DataProblemKind.NoMessages, e.Message);
        }
        // The JSON reader's word for an escape such as \ud800 alone, which it meets only when a text is asked for.
        catch (InvalidOperationException)
        {
            return (DataProblemKind.NotJson, "a text holds half a surrogate pair, which is no character");
        }
        return ProblemOf(chat);
    }

    private (DataProblemKind Kind, string Reason)? ProblemOf(Chat chat)
    {
        if (!chat.Any(message => message.Role == AssistantTurns.Role))
            return (DataProblemKind.NoAnswer, $"none of its {chat.Count} messages is the assistant's");
        foreach (var (index, message) in chat.Index())
            if (message.Role == AssistantTurns.Role && IsEmpty(message))
                return (DataProblemKind.EmptyAnswer, $"message {index + 1} is the assistant's and holds nothing");
        try
        {
            return Take(encoder.Encode(chat));
        }
        catch (Exception e) when (e is FormatException or ChatTemplateException)
        {
            return (DataProblemKind.NotRenderable, e.Message);
        }
    }

    private (DataProblemKind Kind, string Reason)? Take(LossText text)
    {
        if (text.Ids.Length > maxTokens)
            return (DataProblemKind.TooLong, $"it has {text.Ids.Length} tokens, at most {maxTokens} are allowed");
        _texts.Add(text);
        return null;
    }

    // An answer may be a call of a tool, or thoughts, in fields of their own.
    private static bool IsEmpty(ChatMessage message) => string.IsNullOrWhiteSpace(message.Content) && message.Fields.Keys.All(field => field is "role" or "content");
}
