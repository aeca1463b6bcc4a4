using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trimtab.Cli.Verbs;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Studies;

/// <summary>What a study came to.</summary>
/// <param name="Result">Everything that was measured: plain records, or a document.</param>
/// <param name="Text">The same for people, as Markdown.</param>
/// <param name="Claims">What it says of published claims.</param>
internal sealed record StudyOutcome(object Result, string Text, IReadOnlyList<Claim> Claims)
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>Its charts.</summary>
    public IReadOnlyList<LineChart> Charts { get; init; } = [];

    /// <summary>Prints the text, or the document in its place, and writes the text to a file.</summary>
    /// <param name="page">The file; null for none.</param>
    /// <param name="json">Whether to print the document.</param>
    public void Show(string? page, bool json)
    {
        if (json)
            JsonOutput.Print(ToJson());
        else
            Console.Out.Write(Text);
        if (page is not null)
            AtomicFile.WriteText(page, Text);
    }

    /// <summary>The result and the claims as one document.</summary>
    public JsonObject ToJson()
    {
        var json = JsonSerializer.SerializeToNode(Result, Result.GetType(), Form)!.AsObject();
        json["claims"] = StudyVerb.ToJson(Claims);
        return json;
    }
}
