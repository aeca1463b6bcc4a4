using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trimtab.Steering;

/// <summary>The JSON form of <see cref="Provenance"/>: snake case, no unknown or repeated members, unknowns absent.</summary>
[JsonSerializable(typeof(Provenance))]
internal sealed partial class ProvenanceJson : JsonSerializerContext
{
    // Model names and free words need not be escaped beyond what JSON asks for; the text is never put into a page unescaped.
    private static readonly ProvenanceJson Form = new(new JsonSerializerOptions(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Combinations of combinations nest their sources.
        MaxDepth = 256,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Write(Provenance provenance) => JsonSerializer.Serialize(provenance, Form.Provenance);

    public static Provenance Read(string json)
    {
        try
        {
            var read = JsonSerializer.Deserialize(json, Form.Provenance) ?? throw new VectorFormatException("Provenance: null was given — expected a JSON object.");
            return read.Problem() is { } problem ? throw new VectorFormatException($"Provenance: {problem}.") : read;
        }
        catch (JsonException cause)
        {
            throw new VectorFormatException($"Provenance: {VectorFormatException.Excerpt(cause.Message)}", cause);
        }
    }
}
