using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trimtab.Cli.Verbs;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;

namespace Trimtab.Cli.Studies;

/// <summary>What a study came to.</summary>
/// <param name="Result">Everything that was measured: plain records.</param>
/// <param name="Text">The same for people, as Markdown.</param>
/// <param name="Claims">What it says of published claims.</param>
internal sealed record StudyOutcome(object Result, string Text, IReadOnlyList<Claim> Claims)
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>Its charts.</summary>
    public IReadOnlyList<LineChart> Charts { get; init; } = [];

    /// <summary>The result and the claims as one document.</summary>
    public JsonObject ToJson()
    {
        var json = JsonSerializer.SerializeToNode(Result, Result.GetType(), Form)!.AsObject();
        json["claims"] = StudyVerb.ToJson(Claims);
        return json;
    }
}
