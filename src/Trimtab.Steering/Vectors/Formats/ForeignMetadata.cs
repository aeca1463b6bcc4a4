using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trimtab.Steering;

/// <summary>What a foreign file says beyond its directions, as JSON for the provenance.</summary>
internal static class ForeignMetadata
{
    /// <summary>How deep the metadata may be nested: it becomes a part of the provenance, whose own depth is bounded.</summary>
    public const int Deepest = 16;

    /// <summary>The members as one JSON object; null where there are none.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="members">Makes the members; keys that differ in type only, such as 1 and "1", become the same text and are refused.</param>
    public static JsonElement? Of(string file, Func<IEnumerable<KeyValuePair<string, JsonNode?>>> members)
    {
        try
        {
            var kept = new JsonObject(members());
            return kept.Count > 0 ? JsonElement.Parse(kept.ToJsonString(), new JsonDocumentOptions { MaxDepth = Deepest }) : null;
        }
        catch (Exception cause) when (cause is ArgumentException or JsonException or InvalidOperationException)
        {
            throw new VectorFormatException(file, "its metadata", cause.Message, $"expected plain values under different keys, nested at most {Deepest} deep", cause);
        }
    }
}
