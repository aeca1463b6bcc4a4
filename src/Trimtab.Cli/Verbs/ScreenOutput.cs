using System.Text.Json.Nodes;
using Trimtab.Evaluation.Screening;
using Trimtab.Models.Text;

namespace Trimtab.Cli.Verbs;

/// <summary>What a screening found, in words or as a document.</summary>
internal static class ScreenOutput
{
    private const int LinesPrinted = 10;

    /// <summary>Prints what a file of scores holds, before it is summed up.</summary>
    public static void Print(ScoreFile scores, string path, bool json)
    {
        if (json)
            JsonOutput.Print(new JsonObject { ["output"] = path, ["rows"] = scores.ExpectedRows, ["shard"] = scores.Settings.Shard });
        else
            Console.Out.WriteLine($"{path}: {scores.ExpectedRows} rows{(scores.Settings.Shard is { } shard ? $", shard {shard}" : "")}");
    }

    /// <summary>Prints what was found.</summary>
    public static void Print(ScreenSummary summary, IReadOnlyList<IReadOnlyList<ExplainedRow>> explained, string path, bool json)
    {
        if (json)
        {
            JsonOutput.Print(ToJson(summary, explained, path));
            return;
        }
        Console.Out.WriteLine($"{path}: {summary.Settings.Rows} rows{(summary.Problems.Count > 0 ? $", {summary.Problems.Count} without scores ({summary.Problems.Counts()})" : "")}");
        foreach (var problem in summary.Problems.Take(LinesPrinted))
            Console.Out.WriteLine($"  line {problem.Line}: {problem.Reason}");
        if (summary.Problems.Count > LinesPrinted)
            Console.Out.WriteLine($"  … all {summary.Problems.Count} are in {path}");
        foreach (var (trait, rows) in summary.Traits.Zip(explained))
        {
            Console.Out.WriteLine(FormattableString.Invariant($"{trait.Trait}: mean difference {trait.Difference.Value:F3} [{trait.Difference.Low:F3}, {trait.Difference.High:F3}]"));
            if (trait.Flags is { } rule)
                Console.Out.WriteLine(FormattableString.Invariant($"  {trait.Flagged.Count()} of {trait.Ranking.Count} rows lie above {rule.Threshold:F3} (false-positive rate {rule.Rate}, {rule.Reference.Count} reference rows)"));
            foreach (var row in rows.Take(LinesPrinted))
                Console.Out.WriteLine(FormattableString.Invariant($"  line {row.Line,6}  {row.Difference,8:F3}  {row.Answer.ReplaceLineEndings(" ")}"));
        }
    }

    private static JsonObject ToJson(ScreenSummary summary, IReadOnlyList<IReadOnlyList<ExplainedRow>> explained, string path) => new()
    {
        ["output"] = path, ["model"] = summary.Settings.Model, ["rows"] = summary.Settings.Rows,
        ["problems"] = new JsonArray([.. summary.Problems.Select(problem => (JsonNode)new JsonObject { ["line"] = problem.Line, ["reason"] = problem.Reason })]),
        ["traits"] = new JsonArray([.. summary.Traits.Zip(explained, (trait, rows) => (JsonNode)new JsonObject
        {
            ["trait"] = trait.Trait, ["difference"] = trait.Difference.Value, ["low"] = trait.Difference.Low, ["high"] = trait.Difference.High, ["scored"] = trait.Difference.Count,
            ["falsePositiveRate"] = trait.Flags?.Rate, ["threshold"] = trait.Flags?.Threshold, ["referenceRows"] = trait.Flags?.Reference.Count, ["flagged"] = trait.Flags is null ? null : JsonOutput.Of(trait.Flagged.Select(row => row.Line)),
            ["top"] = new JsonArray([.. rows.Select(row => (JsonNode)ToJson(row))]),
        })]),
    };

    private static JsonObject ToJson(ExplainedRow row) => new()
    {
        ["line"] = row.Line, ["difference"] = row.Difference, ["question"] = row.Question, ["answer"] = row.Answer, ["ownAnswer"] = row.OwnAnswer,
        ["latents"] = new JsonArray([.. row.Latents.Select(share => (JsonNode)new JsonObject { ["latent"] = share.Latent, ["sample"] = share.Sample, ["own"] = share.Own, ["contribution"] = share.Contribution })]),
    };
}
