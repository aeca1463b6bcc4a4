using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Steering;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sweep pairs: a sweep on any model, by pairs of contrasting answers and their likelihoods.</summary>
internal static class SweepPairsVerb
{
    private static readonly PreferenceSweepOptions Defaults = new();

    public static Command Create()
    {
        var (model, json, tried) = (new ModelOptions(), CommonOptions.Json(), new SweepMethodOptions());
        var data = new Option<string>("--data", "-d") { Description = "Pairs of answers: JSON lines with question, positive and negative.", Required = true };
        var form = new Option<PromptForm>("--form") { Description = "chat, or raw for models without a chat template.", DefaultValueFactory = _ => Defaults.Form };
        var prompt = new Option<string?>("--prompt") { Description = "A text to stand before every question, as an arm of its own." };
        var fluency = new Option<double>("--least-fluency") { Description = "The fluency, 0 to 100, that a choice must keep.", DefaultValueFactory = _ => Defaults.LeastFluency };
        var seed = new Option<int>("--seed") { Description = "Decides the random direction.", DefaultValueFactory = _ => Defaults.Seed };
        var output = new Option<string>("--output", "-o") { Description = "The page with maps, curves and texts.", DefaultValueFactory = _ => "report.html" };
        var command = new Command("pairs", "Tries methods on any model, without a judge: by how much likelier the positive answers become.") { data, form, prompt, fluency, seed, output, model, json };
        foreach (var option in tried.All)
            command.Options.Add(option);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var options = new PreferenceSweepOptions
            {
                Methods = tried.Methods(parsed, parsed.GetValue(form)), Layers = tried.Layers(parsed), Strengths = tried.Strengths(parsed), Form = parsed.GetValue(form), Prompt = parsed.GetValue(prompt),
                LeastFluency = parsed.GetValue(fluency), Seed = parsed.GetValue(seed),
            };
            var sweep = new PreferenceSweep(loaded, ContrastOptions.Load(parsed.GetValue(data)!), options);
            var result = ProgressBar.Over("Steering", sweep.PartCount, progress => sweep.Run(progress, cancellation));
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(result, options.LeastFluency));
            else
                Print(result, parsed.GetValue(output)!, options.LeastFluency);
            AtomicFile.WriteText(parsed.GetValue(output)!, result.ToHtml(loaded.Name, options.LeastFluency));
        });
    }

    private static void Print(PreferenceSweepResult result, string page, double leastFluency)
    {
        foreach (var method in result.Methods)
            Console.Out.WriteLine(method.Chosen is not { } chosen
                ? $"{method.Method}: none of {method.Grid.Count} layers and strengths stayed fluent."
                : FormattableString.Invariant($"{method.Method}: of {method.Grid.Count} layers and strengths, block {chosen.Layer} at {SweptStrengths.InWords(chosen.Strength, chosen.IsRaw)}; {(method.IsValidated(result.Unsteered, leastFluency) ? "validated" : "not validated")}."));
        Console.Out.WriteLine();
        Console.Out.WriteLine($"{"arm",-20} {"strength",8}   {"preference",-24} {"over unsteered",-24} {"fluency",-20} {"loss on questions",-20}");
        foreach (var arm in result.Arms)
            Console.Out.WriteLine(FormattableString.Invariant($"{arm.Name,-20} {arm.Strength,8:+0.00;-0.00;0.00}   {PreferenceSweepPage.Precise(arm.Preference),-24} {PreferenceSweepPage.Precise(arm.Over(result.Unsteered)),-24} {arm.Fluency,-20} {(arm.QuestionLoss is { } loss ? PreferenceSweepPage.Precise(loss) : "–"),-20}"));
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Preference: by how many nats per token the positive answers are likelier, on pairs that neither the direction nor the choice has seen; over unsteered: what the arm adds, pair by pair. 95 % intervals. Validated: it adds to the unsteered model's preference and to a random direction's, and stays fluent. Maps, curves and texts: {page}");
    }

    private static JsonObject ToJson(PreferenceSweepResult result, double leastFluency) => new()
    {
        ["fittedPairs"] = result.FittedPairs,
        ["unsteered"] = ToJson(result.Unsteered),
        ["prompt"] = result.Prompted is { } prompted ? ToJson(prompted) : null,
        ["methods"] = new JsonArray([.. result.Methods.Select(method => (JsonNode)new JsonObject
        {
            ["method"] = method.Method, ["layer"] = method.Chosen?.Layer, ["strength"] = method.Chosen?.Strength, ["validated"] = method.IsValidated(result.Unsteered, leastFluency),
            ["steered"] = method.Steered is { } steered ? ToJson(steered) : null, ["reversed"] = method.Reversed is { } reversed ? ToJson(reversed) : null, ["random"] = method.Random is { } random ? ToJson(random) : null, ["zero"] = method.Zero is { } zero ? ToJson(zero) : null,
            ["grid"] = new JsonArray([.. method.Grid.Select(arm => (JsonNode)ToJson(arm))]),
        })]),
    };

    private static JsonObject ToJson(PreferenceArm arm) => new()
    {
        ["name"] = arm.Name, ["layer"] = arm.Layer, ["strength"] = arm.Strength, ["raw"] = arm.IsRaw, ["preference"] = JsonOutput.Of(arm.Preference), ["fluency"] = JsonOutput.Of(arm.Fluency),
        ["questionLoss"] = arm.QuestionLoss is { } loss ? JsonOutput.Of(loss) : null, ["texts"] = new JsonArray([.. arm.Texts.Select(text => (JsonNode)new JsonObject { ["question"] = text.Question, ["text"] = text.Text })]),
    };
}
