using System.Text.Json;

namespace Trimtab.Steering;

/// <summary>Reads small JSON files that nobody vouches for.</summary>
internal static class JsonFile
{
    /// <summary>The one object of a file; repeated members are errors, since one of two would win silently.</summary>
    public static JsonElement ReadObject(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = ForeignMetadata.Deepest });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new VectorFormatException(name, "its content", document.RootElement.ValueKind, "expected a JSON object");
        }
        catch (JsonException cause)
        {
            throw new VectorFormatException(name, "its content", cause.Message, "expected JSON, in which numbers are finite and members come once", cause);
        }
    }
}
