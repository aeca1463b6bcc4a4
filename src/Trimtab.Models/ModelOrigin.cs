using System.Text.Json.Nodes;

namespace Trimtab.Models;

/// <summary>Where a model came from: what `inspect` shows beside its sizes, and what conversion starts from.</summary>
public sealed record ModelOrigin
{
    private static readonly IReadOnlyDictionary<string, object> NoMetadata = new Dictionary<string, object>();

    private readonly Lazy<IReadOnlyList<KeyValuePair<string, int>>> _elementTypes;

    internal ModelOrigin(JsonObject config, Func<IEnumerable<string>> elementTypes) =>
        (Config, _elementTypes) = (config, new Lazy<IReadOnlyList<KeyValuePair<string, int>>>(() => Count(elementTypes())));

    /// <summary>The folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>The format in words: "Hugging Face folder", "GGUF version 3".</summary>
    public required string Format { get; init; }

    /// <summary>How many of the stored tensors have each element type, by the type's name in the format; most frequent first. Counted when first asked for.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> ElementTypes => _elementTypes.Value;

    /// <summary>The metadata of a GGUF file, the tokenizer's among them; empty for folders.</summary>
    public IReadOnlyDictionary<string, object> GgufMetadata { get; init; } = NoMetadata;

    /// <summary>The configuration as Hugging Face spells it; for a GGUF file, as it follows from the metadata.</summary>
    internal JsonObject Config { get; }

    /// <summary>Counts element types.</summary>
    internal static IReadOnlyList<KeyValuePair<string, int>> Count(IEnumerable<string> types) =>
        [.. types.GroupBy(type => type).Select(group => new KeyValuePair<string, int>(group.Key, group.Count())).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
}
