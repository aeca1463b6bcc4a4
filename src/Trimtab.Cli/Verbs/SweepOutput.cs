using System.Text.Json.Nodes;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Cli.Verbs;

/// <summary>A sweep for people and as JSON.</summary>
internal static class SweepOutput
{
    private const int QuestionsShown = 2;

    /// <summary>The choices, the arms side by side, and some answers.</summary>
    public static void Print(TraitSweepResult result, string model, string page, double leastCoherence)
    {
        string trait = result.Trait.ToString().ToLowerInvariant();
        Console.Out.WriteLine($"Directions for \"{trait}\", from {result.Pairs} pairs of answers of {model}.");
        foreach (var method in result.Methods)
            Console.Out.WriteLine(method.Chosen is not { } chosen
                ? $"{method.Method}: none of {method.Grid.Count} layers and strengths kept the answers coherent."
                : FormattableString.Invariant($"{method.Method}: of {method.Grid.Count} layers and strengths, block {chosen.Layer} at {SweptStrengths.InWords(chosen.Strength, chosen.IsRaw)}; {(method.IsValidated(result.Unsteered, leastCoherence) ? "validated" : "not validated")}."));
        Console.Out.WriteLine();
        PrintMeasures(result.Arms, trait);
        Console.Out.WriteLine();
        Console.Out.WriteLine("Measured on questions that neither the direction nor the choice has seen; 0 to 100, with 95 % intervals. Validated: the trait lies above the unsteered model's and a random direction's, and the answers stay coherent. The prompt is no control: it shows what asking does.");
        for (int question = 0; question < QuestionsShown; question++)
            PrintAnswers(result.Arms, question);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Curves over layers and strengths, and the answers side by side: {page}");
    }

    /// <summary>Everything that was measured.</summary>
    public static JsonObject ToJson(TraitSweepResult result, double leastCoherence) => new()
    {
        ["trait"] = result.Trait.ToString().ToLowerInvariant(),
        ["pairs"] = result.Pairs,
        ["unsteered"] = ToJson(result.Unsteered),
        ["prompt"] = ToJson(result.Prompted),
        ["methods"] = new JsonArray([.. result.Methods.Select(method => (JsonNode)new JsonObject
        {
            ["method"] = method.Method, ["layer"] = method.Chosen?.Layer, ["strength"] = method.Chosen?.Strength, ["validated"] = method.IsValidated(result.Unsteered, leastCoherence),
            ["steered"] = method.Steered is { } steered ? ToJson(steered) : null, ["reversed"] = method.Reversed is { } reversed ? ToJson(reversed) : null, ["random"] = method.Random is { } random ? ToJson(random) : null, ["zero"] = method.Zero is { } zero ? ToJson(zero) : null,
            ["grid"] = new JsonArray([.. method.Grid.Select(arm => (JsonNode)ToJson(arm))]),
        })]),
    };

    /// <summary>Each arm's values with their intervals.</summary>
    public static void PrintMeasures(IEnumerable<Arm> arms, string trait)
    {
        Console.Out.WriteLine($"{"arm",-18} {"strength",8}   {trait,-20} {"coherence",-20} {"facts right, %",-20}");
        foreach (var arm in arms)
            Console.Out.WriteLine(FormattableString.Invariant($"{arm.Name,-18} {arm.Strength,8:+0.00;-0.00;0.00}   {arm.Trait,-20} {arm.CoherenceInWords(),-20} {arm.Capability,-20}"));
    }

    /// <summary>The answers of all arms to one question.</summary>
    public static void PrintAnswers(IReadOnlyList<Arm> arms, int question)
    {
        Console.Out.WriteLine();
        Console.Out.WriteLine($"\"{arms[0].Answers[question].Question}\"");
        foreach (var arm in arms)
            Console.Out.WriteLine($"  {arm.Name + ":",-18} {arm.Answers[question].Text}");
    }

    /// <summary>An arm.</summary>
    public static JsonObject ToJson(Arm arm) => new()
    {
        ["name"] = arm.Name, ["layer"] = arm.Layer, ["strength"] = arm.Strength, ["raw"] = arm.IsRaw,
        ["trait"] = JsonOutput.Of(arm.Trait), ["coherence"] = JsonOutput.Of(arm.Coherence), ["factsRight"] = arm.Capability is { } facts ? JsonOutput.Of(facts) : null,
        ["refused"] = arm.Refused, ["unreadable"] = arm.Unreadable, ["coherenceRefused"] = arm.CoherenceRefused, ["coherenceUnreadable"] = arm.CoherenceUnreadable,
        ["answers"] = new JsonArray([.. arm.Answers.Select(answer => (JsonNode)new JsonObject { ["question"] = answer.Question, ["text"] = answer.Text })]),
    };
}
