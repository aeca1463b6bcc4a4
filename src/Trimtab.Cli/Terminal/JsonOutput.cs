using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Metrics;

namespace Trimtab.Cli;

/// <summary>The one JSON document that `--json` prints on standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints the document.</summary>
    public static void Print(JsonNode document) => Console.Out.WriteLine(Line(document));

    /// <summary>The document as one line.</summary>
    public static string Line(JsonNode document) => document.ToJsonString(Options);

    /// <summary>A value with its interval; null where there is no estimate.</summary>
    public static JsonObject? Of(Estimate estimate) => estimate.IsNone ? null : new() { ["value"] = estimate.Value, ["low"] = estimate.Low, ["high"] = estimate.High, ["count"] = estimate.Count };

    /// <summary>A list of whole numbers.</summary>
    public static JsonArray Of(IEnumerable<int> numbers) => new([.. numbers.Select(n => (JsonNode)n)]);

    /// <summary>A list of numbers.</summary>
    public static JsonArray Of(IEnumerable<float> numbers) => new([.. numbers.Select(n => (JsonNode)n)]);

    /// <summary>A list of texts.</summary>
    public static JsonArray Of(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
