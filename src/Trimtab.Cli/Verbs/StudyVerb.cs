using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Studies;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study: experiments on a model organism whose results are evidence for or against published claims.</summary>
internal static class StudyVerb
{
    public static Command Create() => new("study", "Experiments on a model organism, with controls, that hold published claims against it.") { StudyRefusalVerb.Create(), StudyPreventionVerb.Create(), StudyMitigationVerb.Create(), StudyPersonaVerbs.Monitoring(), StudyPersonaVerbs.Screening(), StudyPersonaVerbs.FineTuning() };

    /// <summary>Claims, and what was found of them.</summary>
    public static JsonArray ToJson(IEnumerable<Claim> claims) => new([.. claims.Select(claim => (JsonNode)new JsonObject
    {
        ["claim"] = claim.Statement, ["source"] = claim.Source, ["finding"] = claim.Finding.ToString().ToLowerInvariant(), ["numbers"] = claim.Numbers,
    })]);
}
