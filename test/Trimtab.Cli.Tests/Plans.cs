using System.Text.Json.Nodes;

namespace Trimtab.Cli.Tests;

/// <summary>Plan files, written by hand so that they test the format and not the writer.</summary>
internal static class Plans
{
    /// <summary>A plan that adds one direction with strength 1.</summary>
    public static string Add(ReadOnlySpan<float> direction, string at, string tokens = "all") => $$"""
        { "trimtab": "plan", "version": 1, "interventions": [
          { "at": ["{{at}}"], "tokens": "{{tokens}}",
            "edit": { "type": "add", "strength": 1, "direction": { "values": {{new JsonArray([.. direction.ToArray().Select(v => (JsonNode)v)]).ToJsonString()}} } } } ] }
        """;
}
