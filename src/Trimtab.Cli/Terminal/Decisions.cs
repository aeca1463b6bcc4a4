using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;

namespace Trimtab.Cli;

/// <summary>What the gates of a plan decided, for --explain and --json.</summary>
internal static class Decisions
{
    /// <summary>One line for each on standard error, where they do not mix with the text.</summary>
    public static void Print(IReadOnlyList<GateDecision> decisions)
    {
        if (decisions.Count == 0)
            Console.Error.WriteLine("(no intervention waits for the prompt)");
        foreach (var decision in decisions)
            Console.Error.WriteLine($"({decision})");
    }

    /// <summary>The decisions with every score.</summary>
    public static JsonArray ToJson(IReadOnlyList<GateDecision> decisions) => new([.. decisions.Select(decision => (JsonNode)new JsonObject
    {
        ["intervention"] = decision.Intervention,
        ["outcome"] = decision.Outcome switch { GateOutcome.Closed => "closed", GateOutcome.Open => "open", _ => "by-token" },
        ["scores"] = new JsonArray([.. decision.Scores.Select(score => (JsonNode)new JsonObject
        {
            ["gate"] = score.Gate,
            ["score"] = score.Score,
            ["threshold"] = score.Threshold,
            ["comparison"] = score.Comparison == GateComparison.Larger ? "larger" : "smaller",
            ["holds"] = score.Holds,
        })]),
    })]);
}
