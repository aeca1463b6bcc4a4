using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Judges;
using Trimtab.Models;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab eval arms: the organism as it is, under plans and under prompts, by one exam side by side.</summary>
internal static class EvalArmsVerb
{
    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var plans = new Option<string[]>("--arm", "-a") { Description = "NAME=PLAN.json: an arm under a plan; repeatable.", DefaultValueFactory = _ => [] };
        var prompts = new Option<string[]>("--prompt-arm") { Description = "NAME=TEXT: an arm under a system prompt; repeatable.", DefaultValueFactory = _ => [] };
        var count = new Option<int>("--count") { Description = "Held-out examples of each behaviour.", DefaultValueFactory = _ => new ExamOptions().Count };
        var personas = new Option<bool>("--personas") { Description = "Ask for every persona at every level as well." };
        var world = new Option<int>("--world") { Description = "The seed of the world that the organism was grown in.", DefaultValueFactory = _ => 1 };
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the table." };
        return new Command("arms", "Examines a model organism unsteered, under plans and under prompts, side by side.") { model, plans, prompts, count, personas, world, output, json }.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var home = World.Create(parsed.GetValue(world));
            var judges = Instruments.For(home);
            var options = new ExamOptions { Count = parsed.GetValue(count), Personas = parsed.GetValue(personas) };
            List<(string Name, LoadedModel View, ExamOptions Options)> arms =
            [
                ("unsteered", loaded, options),
                .. parsed.GetValue(prompts)!.Select(arm => Named("--prompt-arm", arm)).Select(arm => (arm.Name, loaded, options with { System = arm.Value })),
                .. parsed.GetValue(plans)!.Select(arm => Named("--arm", arm)).Select(arm => (arm.Name, loaded.With(SteeringPlan.Load(arm.Value).Compile(loaded)), options)),
            ];
            var table = new ExamTable([.. arms.Select(arm => (arm.Name, Examine(arm.Name, new OrganismExam(arm.View, home, judges, arm.Options), cancellation)))]);
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject(table.Arms.Select(arm => KeyValuePair.Create<string, JsonNode?>(arm.Name, EvalVerb.ToJson(arm.Report)))));
            else
                Console.Out.Write(table.ToMarkdown());
            if (parsed.GetValue(output) is { } file)
                AtomicFile.WriteText(file, table.ToMarkdown());
        });
    }

    private static ExamReport Examine(string arm, OrganismExam exam, CancellationToken cancellation)
    {
        Console.Error.WriteLine($"arm: {arm}");
        return exam.Run(EvalVerb.Said, cancellation);
    }

    private static (string Name, string Value) Named(string option, string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        ? (text[..at], text[(at + 1)..])
        : throw new FormatException($"{option}: '{text}' is not understood. Write NAME={(option == "--arm" ? "PLAN.json" : "TEXT")}.");
}
