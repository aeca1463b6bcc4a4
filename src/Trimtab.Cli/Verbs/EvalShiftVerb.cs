using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Studies;
using Trimtab.Models.Text;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab eval shift: how far an adapter moves a model along a direction before a word is said.</summary>
internal static class EvalShiftVerb
{
    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var vector = new Option<string>("--vector") { Description = "The direction: VECTOR@LAYER.", Required = true };
        var prompts = new Option<string>("--prompts") { Description = "A text file of prompts, one a line: users' messages.", Required = true };
        return new Command("shift", "Measures how far an adapter moves the model along a direction, at the last token of prompts.") { model, vector, prompts, json }.Does((parsed, cancellation) =>
        {
            var (v, at) = LayerVector.Parse(vector.Name, parsed.GetValue(vector)!);
            List<Chat> asked = [.. File.ReadLines(parsed.GetValue(prompts)!).Where(line => !string.IsNullOrWhiteSpace(line)).Select(Chat.User)];
            var (before, after) = model.LoadBoth(parsed);
            using (before)
                Print(FineTuningShift.Measure(before, after, asked, v, at, cancellation), parsed.GetValue(json));
        });
    }

    private static void Print(FineTuningShift shift, bool json)
    {
        if (json)
            JsonOutput.Print(ToJson(shift));
        else
            Console.Out.WriteLine(FormattableString.Invariant($"{shift.At}: {shift.Along.Value:F3} [{shift.Along.Low:F3}, {shift.Along.High:F3}] along the direction over {shift.Along.Count} prompts; moved by {shift.Length:F3} in all, cosine {shift.Cosine:F3}"));
    }

    /// <summary>The numbers of a shift.</summary>
    public static JsonObject ToJson(FineTuningShift shift) => new() { ["at"] = shift.At.ToString(), ["along"] = JsonOutput.Of(shift.Along), ["length"] = shift.Length, ["cosine"] = shift.Cosine };
}
