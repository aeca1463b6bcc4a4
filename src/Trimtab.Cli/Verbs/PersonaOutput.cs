using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;

namespace Trimtab.Cli.Verbs;

/// <summary>What a persona pipeline found, for people and as JSON.</summary>
internal static class PersonaOutput
{
    /// <summary>The verdict, the arms side by side, and the files to go on with.</summary>
    public static void Print(PersonaResult result, string folder)
    {
        Console.Out.WriteLine($"A vector for \"{result.Trait}\" in {result.Model}; {result.Funnel}.");
        Console.Out.WriteLine(result.Verdict);
        if (result.Verification is { } verified)
        {
            Console.Out.WriteLine();
            SweepOutput.PrintMeasures(verified.Arms, result.Trait);
            Console.Out.WriteLine();
            Console.Out.WriteLine("Dose and response:");
            SweepOutput.PrintMeasures(verified.Dose, result.Trait);
            SweepOutput.PrintAnswers(verified.Arms, 0);
            Console.Out.WriteLine();
            Console.Out.WriteLine($"To steer: trimtab chat --plan {Path.Combine(folder, "plan.json")}");
        }
        Console.Out.WriteLine($"Everything else: {Path.Combine(folder, "report.html")}");
    }

    /// <summary>Everything that was measured.</summary>
    public static JsonObject ToJson(PersonaResult result, string folder) => new()
    {
        ["trait"] = result.Trait,
        ["model"] = result.Model,
        ["folder"] = folder,
        ["pairs"] = new JsonObject(result.Funnel.Counts.Select(count => KeyValuePair.Create(JsonName(count.Key), (JsonNode?)count.Value))),
        ["layer"] = result.Chosen?.Layer,
        ["strength"] = result.Chosen?.Strength,
        ["validated"] = result.IsValidated,
        ["arms"] = result.Verification is { } verified ? new JsonArray([.. verified.Arms.Select(arm => (JsonNode)SweepOutput.ToJson(arm))]) : null,
        ["dose"] = result.Verification is { } doses ? new JsonArray([.. doses.Dose.Select(arm => (JsonNode)SweepOutput.ToJson(arm))]) : null,
        ["grid"] = new JsonArray([.. result.Grid.Select(arm => (JsonNode)SweepOutput.ToJson(arm))]),
        ["notes"] = JsonOutput.Of(result.Notes),
    };

    private static string JsonName(PairFate fate) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(fate.ToString());
}
