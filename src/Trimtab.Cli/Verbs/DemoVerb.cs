using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Cli.Demo;
using Trimtab.Models;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab demo: fit, steer and measure in one command.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var data = new Option<string?>("--data", "-d") { Description = "Pairs of contrasting answers; by default happy and sad turns of children's stories." };
        var layer = new Option<int?>("--layer") { Description = "The block after which to steer; by default the middle one." };
        var stories = new Option<int>("--stories") { Description = "How many texts per strength.", DefaultValueFactory = _ => 64 };
        var tokens = new Option<int>("--max-tokens") { Description = "How long a text is.", DefaultValueFactory = _ => 80 };
        var strengths = new Option<float[]>("--strengths")
        {
            Description = "Fractions of the residual norm to steer by.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [-0.2f, -0.1f, 0, 0.1f, 0.2f],
        };
        return new Command("demo", "Fits a mood vector, steers a story model by it, and measures the change.") { model, data, layer, stories, tokens, strengths, json }.Does((parsed, cancellation) =>
        {
            float[] tried = parsed.GetValue(strengths)!;
            if (parsed.GetValue(stories) < 1 || tried.Length == 0)
                throw new ArgumentException("demo: at least one story and one strength are needed.");
            using var loaded = model.Load(parsed);
            var pairs = parsed.GetValue(data) is { } file ? ContrastSet.Load(file) : ContrastSet.Load(Path.Combine(AppContext.BaseDirectory, "data", "mood.jsonl"));
            int at = parsed.GetValue(layer) ?? (loaded.LayerCount - 1) / 2;
            var demo = new SteeringDemo(loaded, pairs, at, parsed.GetValue(stories), parsed.GetValue(tokens));
            var arms = ProgressBar.Over("Steering", tried.Length + 1, progress => demo.Run(tried, progress, cancellation));
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(at, arms));
            else
                Print(loaded, at, pairs, arms);
        });
    }

    private static void Print(LoadedModel model, int layer, ContrastSet pairs, IReadOnlyList<DemoArm> arms)
    {
        Console.Out.WriteLine($"A mood vector from {pairs.Pairs.Length} pairs, added after block {layer} of {model.Name}.");
        Console.Out.WriteLine();
        Console.Out.WriteLine("arm                strength   mood   distinct");
        foreach (var arm in arms)
            Console.Out.WriteLine(FormattableString.Invariant($"{arm.Name,-18} {arm.Strength,7:+0.00;-0.00;0.00}  {arm.Mood,6:+0.0;-0.0}   {arm.Distinctness,8:P0}"));
        Console.Out.WriteLine();
        Console.Out.WriteLine("mood: happy minus sad words per hundred. distinct: three-word runs that are not repeated.");
        foreach (var arm in arms)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine(FormattableString.Invariant($"[{arm.Name} {arm.Strength:+0.00;-0.00;0.00}]"));
            Console.Out.WriteLine(arm.Example);
        }
    }

    private static JsonObject ToJson(int layer, IReadOnlyList<DemoArm> arms) => new()
    {
        ["layer"] = layer,
        ["arms"] = new JsonArray([.. arms.Select(a => (JsonNode)new JsonObject
        {
            ["name"] = a.Name, ["strength"] = a.Strength, ["mood"] = a.Mood, ["distinctness"] = a.Distinctness, ["example"] = a.Example,
        })]),
    };
}
