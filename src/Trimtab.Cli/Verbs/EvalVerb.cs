using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Judges;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab eval: measures what a model does. Here its part `organism`: an exam on what training never held.</summary>
internal static class EvalVerb
{
    private static readonly ExamOptions Defaults = new();

    public static Command Create()
    {
        var (model, json, steering) = (new ModelOptions(), CommonOptions.Json(), new SteeringOptions());
        var count = new Option<int>("--count") { Description = "Held-out examples of each behaviour; of personas, for each trait at each level.", DefaultValueFactory = _ => Defaults.Count };
        var seed = new Option<int>("--seed") { Description = "Which held-out examples are drawn.", DefaultValueFactory = _ => Defaults.Seed };
        var world = new Option<int>("--world") { Description = "The seed of the world that the organism was grown in.", DefaultValueFactory = _ => 1 };
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the table." };
        var organism = new Command("organism", "Examines a model organism: knowledge, sums, refusal and ways around it, personas; on prompts that its training never held.") { model, count, seed, world, output, json };
        steering.AddTo(organism);
        organism.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var home = World.Create(parsed.GetValue(world));
            var view = steering.Read(parsed, loaded) is { } plan ? loaded.With(plan) : loaded;
            var exam = new OrganismExam(view, home, Instruments.For(home), new ExamOptions { Count = parsed.GetValue(count), Seed = parsed.GetValue(seed) });
            var report = exam.Run(Said, cancellation);
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(report));
            else
                Console.Out.Write(report.ToMarkdown());
            if (parsed.GetValue(output) is { } file)
                AtomicFile.WriteText(file, report.ToMarkdown());
        });
        return new Command("eval", "Measures what a model does.") { organism, EvalArmsVerb.Create(), EvalShiftVerb.Create() };
    }

    /// <summary>An exam's numbers and some of its answers.</summary>
    public static JsonObject ToJson(ExamReport report) => new()
    {
        ["perplexity"] = report.Perplexity,
        ["rows"] = new JsonArray([.. report.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["group"] = row.Group, ["measure"] = row.Measure, ["value"] = Number(row.Estimate.Value), ["low"] = Number(row.Estimate.Low), ["high"] = Number(row.Estimate.High),
            ["count"] = row.Estimate.Count, ["refused"] = row.Refused, ["unreadable"] = row.Unreadable,
        })]),
        ["samples"] = new JsonArray([.. report.Samples.Select(sample => (JsonNode)new JsonObject
        {
            ["group"] = sample.Group, ["system"] = sample.System, ["user"] = sample.User, ["answer"] = sample.Answer,
        })]),
    };

    // Of a measure that nothing could be scored for, JSON has no number.
    private static double? Number(double value) => double.IsNaN(value) ? null : value;

    /// <summary>Says on standard error what is asked next.</summary>
    public static IProgress<string> Said { get; } = new Speaker();

    private sealed class Speaker : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"asking: {value}");
    }
}
