using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>What a gate takes its score of.</summary>
public enum GateReading
{
    /// <summary>All tokens of the prompt, once: the mean.</summary>
    PromptMean,
    /// <summary>The prompt's last token, once.</summary>
    LastPromptToken,
    /// <summary>Each token, at the hook point of the edit, before the edit.</summary>
    EachToken,
}

/// <summary>The text forms that gates have in plan files.</summary>
internal static class GateForms
{
    private static readonly string[] Readings = ["prompt-mean", "last-prompt-token", "each-token"], Comparisons = ["larger", "smaller"];

    public static string Name(this GateReading reading) => Readings[(int)reading];

    public static string Name(this GateComparison comparison) => Comparisons[(int)comparison];

    /// <summary>The member "read"; the prompt's mean where it is absent.</summary>
    public static GateReading Reading(PlanMembers members) => members.Has("read") ? (GateReading)Choice(members, "read", Readings) : GateReading.PromptMean;

    /// <summary>The member "comparison"; larger where it is absent.</summary>
    public static GateComparison Comparison(PlanMembers members) =>
        members.Has("comparison") ? (GateComparison)Choice(members, "comparison", Comparisons) : GateComparison.Larger;

    private static int Choice(PlanMembers members, string name, string[] choices) =>
        Array.IndexOf(choices, members.Text(name)) is >= 0 and var choice ? choice : throw members.Bad(name, $"known are {string.Join(", ", choices)}");
}
