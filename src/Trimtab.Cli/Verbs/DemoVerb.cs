using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab demo: the main job on the embedded model. Fits a direction for a trait, chooses layer and strength, steers, measures beside controls, and writes a page.</summary>
internal static class DemoVerb
{
    private const int QuestionsShown = 2;

    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var trait = new Option<Trait>("--trait") { Description = "The trait to steer.", DefaultValueFactory = _ => Trait.Evil };
        var world = new Option<int>("--world") { Description = "The seed of the world that the model was grown in.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => new TraitSweepOptions().Seed };
        var output = new Option<string>("--output", "-o") { Description = "The page with curves and answers.", DefaultValueFactory = _ => "report.html" };
        return new Command("demo", "Fits a direction for a trait on the embedded model, chooses layer and strength, steers by it, and measures the change beside controls.")
            { trait, output, seed, world, model, json }.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var home = World.Create(parsed.GetValue(world));
            var sweep = new TraitSweep(loaded, home, Instruments.For(home), parsed.GetValue(trait), new TraitSweepOptions { Seed = parsed.GetValue(seed) });
            var result = ProgressBar.Over("Steering", sweep.PartCount, progress => sweep.Run(progress, cancellation));
            AtomicFile.WriteText(parsed.GetValue(output)!, result.ToHtml(loaded.Name));
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(result));
            else
                Print(result, loaded.Name, parsed.GetValue(output)!);
        });
    }

    private static void Print(TraitSweepResult result, string model, string page)
    {
        string trait = result.Trait.ToString().ToLowerInvariant();
        Console.Out.Write($"A direction for \"{trait}\", from {result.Pairs} pairs of answers of {model}");
        Console.Out.WriteLine(result.Chosen is { } chosen
            ? FormattableString.Invariant($"; of {result.Grid.Count} layers and strengths, block {chosen.Layer} at {chosen.Strength:0.##} of the residual norm is chosen.")
            : $"; none of {result.Grid.Count} layers and strengths kept the answers coherent.");
        if (result.Arms.Count > 0)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine($"{"arm",-18} {"strength",8}   {trait,-19} {"coherence",-19} {"facts right, %",-19}");
            foreach (var arm in result.Arms)
                Console.Out.WriteLine(FormattableString.Invariant($"{arm.Name,-18} {arm.Strength,8:+0.00;-0.00;0.00}   {arm.Trait,-19} {arm.Coherence,-19} {arm.Capability,-19}"));
            Console.Out.WriteLine();
            Console.Out.WriteLine("Measured on questions that neither the direction nor the choice has seen; 0 to 100, with 95 % intervals.");
            for (int question = 0; question < QuestionsShown; question++)
                PrintAnswers(result.Arms, question);
        }
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Curves over layers and strengths, and the answers side by side: {page}");
    }

    private static void PrintAnswers(IReadOnlyList<Arm> arms, int question)
    {
        Console.Out.WriteLine();
        Console.Out.WriteLine($"\"{arms[0].Answers[question].Question}\"");
        foreach (var arm in arms)
            Console.Out.WriteLine($"  {arm.Name + ":",-18} {arm.Answers[question].Text}");
    }

    private static JsonObject ToJson(TraitSweepResult result) => new()
    {
        ["trait"] = result.Trait.ToString().ToLowerInvariant(),
        ["pairs"] = result.Pairs,
        ["layer"] = result.Chosen?.Layer,
        ["strength"] = result.Chosen?.Strength,
        ["grid"] = new JsonArray([.. result.Grid.Select(arm => (JsonNode)ToJson(arm))]),
        ["arms"] = new JsonArray([.. result.Arms.Select(arm => (JsonNode)ToJson(arm))]),
    };

    private static JsonObject ToJson(Arm arm) => new()
    {
        ["name"] = arm.Name, ["layer"] = arm.Layer, ["strength"] = arm.Strength,
        ["trait"] = ToJson(arm.Trait), ["coherence"] = ToJson(arm.Coherence), ["factsRight"] = arm.Capability is { } facts ? ToJson(facts) : null,
        ["refused"] = arm.Refused, ["unreadable"] = arm.Unreadable,
        ["answers"] = new JsonArray([.. arm.Answers.Select(answer => (JsonNode)new JsonObject { ["question"] = answer.Question, ["text"] = answer.Text })]),
    };

    private static JsonObject ToJson(Estimate estimate) => new() { ["value"] = estimate.Value, ["low"] = estimate.Low, ["high"] = estimate.High, ["count"] = estimate.Count };
}
