using System.Text.Json;

namespace Trimtab.Evaluation.Endpoints;

/// <summary>A token that could have stood in a place of an answer.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
internal readonly record struct TokenChance(string Text, double Probability);

/// <summary>What a chat endpoint answered.</summary>
/// <param name="Text">The words; empty where there are none.</param>
/// <param name="Refusal">What the endpoint says where it marks the answer as a refusal; null where it does not.</param>
/// <param name="Finish">Why the answer ended, in the endpoint's word.</param>
/// <param name="First">The likeliest first tokens, likeliest first; empty where the endpoint gives none.</param>
/// <param name="Raw">The answer as it came, without what is about the request.</param>
internal sealed record EndpointReply(string Text, string? Refusal, string Finish, IReadOnlyList<TokenChance> First, string Raw)
{
    /// <summary>Reads a chat completion. Members that endpoints add are passed over.</summary>
    /// <exception cref="FormatException">It has no choice with a message.</exception>
    public static EndpointReply Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (Member(document.RootElement, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } choice && Member(choice, "message") is { } message)
                return new EndpointReply(TextOf(message, "content") ?? "", TextOf(message, "refusal"), TextOf(choice, "finish_reason") ?? "", FirstTokens(choice), choice.GetRawText());
        }
        // The second is the JSON reader's word for an escape such as \ud800 alone.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"it is not valid JSON — {e.Message}", e);
        }
        throw new FormatException("there is no choice with a message in it");
    }

    private static TokenChance[] FirstTokens(JsonElement choice)
    {
        if (Member(choice, "logprobs") is not { } chances || Member(chances, "content") is not { ValueKind: JsonValueKind.Array } places || places.EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } first
            || Member(first, "top_logprobs") is not { ValueKind: JsonValueKind.Array } tokens)
            return [];
        return [.. tokens.EnumerateArray().Select(Chance).OfType<TokenChance>().OrderByDescending(token => token.Probability)];
    }

    private static TokenChance? Chance(JsonElement token) =>
        TextOf(token, "token") is { } text && Member(token, "logprob") is { ValueKind: JsonValueKind.Number } logarithm ? new TokenChance(text, Math.Exp(logarithm.GetDouble())) : null;

    private static string? TextOf(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Member(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
