using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab fit condition: where, and beyond which similarity, a condition vector tells the prompts that a gate is to open for from others.</summary>
internal static class FitConditionVerb
{
    public static Command Create()
    {
        var (model, json, raw) = (new ModelOptions(), CommonOptions.Json(), CommonOptions.Raw());
        var vector = new Option<string>("--vector") { Description = "The condition vector; each of its hook points is tried. The kind of prompts against others, fitted by refusal-direction, is one.", Required = true };
        var positive = new Option<string>("--positive") { Description = "Prompts that the gate is to open for: one a line, or JSON lines with prompt or question in a file named .jsonl.", Required = true };
        var negative = new Option<string>("--negative") { Description = "Prompts that it is to stay closed for.", Required = true };
        var last = new Option<bool>("--last-token") { Description = "Read the last token of each prompt, in place of the mean of all." };
        var output = new Option<string?>("--output", "-o") { Description = "A file for the gate of the best hook point, as a plan's member if holds it." };
        var command = new Command("condition", "Finds hook point, threshold and side of a gate of the kind condition, by F1 (CAST, https://arxiv.org/abs/2409.05907).") { model, vector, positive, negative, last, raw, output, json };
        return command.Does((parsed, cancellation) =>
        {
            var (file, reading) = (parsed.GetValue(vector)!, parsed.GetValue(last) ? GateReading.LastPromptToken : GateReading.PromptMean);
            var condition = SteeringVector.Load(file);
            var (wanted, others) = (PromptFile.Load(parsed.GetValue(positive)!), PromptFile.Load(parsed.GetValue(negative)!));
            using var loaded = model.Load(parsed);
            int[][] Encoded(IEnumerable<string> prompts) => [.. prompts.Select(prompt => parsed.GetValue(raw) ? loaded.EncodeText(prompt) : loaded.EncodeChat(Chat.User(prompt)))];
            var found = ProgressBar.Over("Reading", wanted.Count + others.Count, progress => ConditionSearch.Rank(loaded, condition, Encoded(wanted), Encoded(others), reading, progress, cancellation));
            var gate = GateOf(found[0], condition, reading, file, parsed.GetValue(output));
            if (parsed.GetValue(output) is { } path)
                AtomicFile.WriteText(path, gate.ToJsonString() + "\n");
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["points"] = new JsonArray([.. found.Select(point => (JsonNode)ToJson(point))]), ["gate"] = gate });
            else
                Print(found, parsed.GetValue(output));
        });
    }

    // Plans name files relative to themselves, so the gate names its vector as a plan beside it would.
    private static JsonObject GateOf(ConditionPoint point, SteeringVector vector, GateReading reading, string file, string? output)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(output ?? "gate.json"))!;
        var direction = new VectorDirection(vector, From: null) { File = Path.GetRelativePath(folder, Path.GetFullPath(file)) };
        return (point.Gate(vector, reading) with { Direction = direction }).ToJson([point.At]);
    }

    private static void Print(IReadOnlyList<ConditionPoint> found, string? output)
    {
        foreach (var point in found)
            Console.Out.WriteLine(FormattableString.Invariant($"{point.At,-24} opens where {SideOf(point)} than {point.Threshold:G6}: F1 {point.F1:0.000}, margin {point.Margin:G3}"));
        if (output is not null)
            Console.Out.WriteLine($"{output}: the gate at {found[0].At}, for the member \"if\" of an intervention");
    }

    private static JsonObject ToJson(ConditionPoint point) => new()
    {
        ["at"] = point.At.ToString(), ["threshold"] = point.Threshold, ["comparison"] = SideOf(point), ["f1"] = point.F1, ["margin"] = point.Margin,
    };

    private static string SideOf(ConditionPoint point) => point.Comparison == GateComparison.Larger ? "larger" : "smaller";
}
