using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Personas;

/// <summary>The JSON forms of an artefact. Members that are unknown, missing or there twice are errors.</summary>
internal static class ArtefactFile
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads either form.</summary>
    public static TraitArtefact Parse(string json, string file) => Read(json, file, root => PublishedArtefact.IsOne(root) ? PublishedArtefact.Of(root, file).Split() : ReadOwn(new ArtefactMembers(root, file))).Checked(file);

    /// <summary>Reads the published form.</summary>
    public static PublishedArtefact ParsePublished(string json, string file) => Read(json, file, root => PublishedArtefact.Of(root, file));

    /// <summary>Writes this project's form.</summary>
    public static string Text(TraitArtefact artefact) => new JsonObject
    {
        ["name"] = artefact.Name,
        ["description"] = artefact.Description,
        ["instructions"] = new JsonArray([.. artefact.Instructions.Select(pair => (JsonNode)new JsonObject { ["positive"] = pair.Positive, ["negative"] = pair.Negative })]),
        ["extraction_questions"] = Texts(artefact.Extraction),
        ["evaluation_questions"] = Texts(artefact.Evaluation),
        ["rubric"] = artefact.Rubric,
    }.ToJsonString(Readable) + "\n";

    private static TraitArtefact ReadOwn(ArtefactMembers members)
    {
        members.RequireOnly("name", "description", "instructions", "extraction_questions", "evaluation_questions", "rubric");
        return new TraitArtefact(members.Text("name"), members.Text("description"), members.Pairs("instructions", "positive", "negative"),
            members.Texts("extraction_questions"), members.Texts("evaluation_questions"), members.Text("rubric"));
    }

    private static T Read<T>(string json, string file, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : throw new FormatException($"{file}: an object is needed — given JSON of kind {document.RootElement.ValueKind}.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{file}: it is not valid JSON — {e.Message}", e);
        }
        // The JSON reader's word for an escape such as \ud800 alone, which it meets only when a text is asked for.
        catch (InvalidOperationException e)
        {
            throw new FormatException($"{file}: a text holds half a surrogate pair, which is no character.", e);
        }
    }

    private static JsonArray Texts(ImmutableArray<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}

/// <summary>The members of one object of an artefact's file.</summary>
internal sealed class ArtefactMembers(JsonElement json, string file)
{
    /// <summary>Refuses other members.</summary>
    public void RequireOnly(params string[] known)
    {
        if (json.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new FormatException($"{file}: the member \"{unknown}\" is not known — known are {string.Join(", ", known)}.");
    }

    /// <summary>A text.</summary>
    public string Text(string name) => Text(Required(name), name);

    /// <summary>A list of texts.</summary>
    public ImmutableArray<string> Texts(string name) => [.. List(name).Select((item, index) => Text(item, $"{name}[{index}]"))];

    /// <summary>A list of pairs of instructions.</summary>
    public ImmutableArray<InstructionPair> Pairs(string name, string positive, string negative) => [.. List(name).Select((item, index) =>
    {
        string path = $"{file}: {name}[{index}]";
        if (item.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{path} must be an object with {positive} and {negative}.");
        var pair = new ArtefactMembers(item, path);
        pair.RequireOnly(positive, negative);
        return new InstructionPair(pair.Text(positive), pair.Text(negative));
    })];

    private JsonElement.ArrayEnumerator List(string name) => Required(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : throw new FormatException($"{file}: {name} must be a list.");

    private JsonElement Required(string name) => json.TryGetProperty(name, out var value) ? value : throw new FormatException($"{file}: the member \"{name}\" is missing.");

    private string Text(JsonElement value, string path) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"{file}: {path} must be a text.");
}
