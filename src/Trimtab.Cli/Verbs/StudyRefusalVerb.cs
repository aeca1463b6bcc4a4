using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study refusal: directions, latents and prompts that defend against harm, side by side with their controls and what they cost.</summary>
internal static class StudyRefusalVerb
{
    private static readonly RefusalStudyOptions Defaults = new();

    public static Command Create()
    {
        var (model, json, file) = (new ModelOptions(), CommonOptions.Json(), new SaeFileOptions());
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the whole study." };
        var pairs = new Option<int>("--pairs") { Description = "Pairs of answers that directions are fitted to.", DefaultValueFactory = _ => Defaults.Pairs };
        var development = new Option<int>("--development") { Description = "Framed harmful requests that strengths are chosen on; of other kinds, half as many.", DefaultValueFactory = _ => Defaults.Development };
        var exam = new Option<int>("--count") { Description = "Held-out examples of each kind in the exam.", DefaultValueFactory = _ => Defaults.Exam };
        var facts = new Option<int?>("--facts") { Description = "Facts asked in the exam; by default all." };
        var seed = new Option<int>("--seed") { Description = "Decides pairs, random directions and controls.", DefaultValueFactory = _ => Defaults.Seed };
        var world = new Option<int>("--world") { Description = "The seed of the world that the organism was grown in.", DefaultValueFactory = _ => 1 };
        var command = new Command("refusal", "Steers and clamps a model organism towards refusal, beside controls, and holds published claims against it.") { model, output, pairs, development, exam, facts, seed, world, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var sae = file.Load(parsed);
            using var loaded = model.Load(parsed);
            var home = World.Create(parsed.GetValue(world));
            var options = new RefusalStudyOptions { Pairs = parsed.GetValue(pairs), Development = parsed.GetValue(development), Exam = parsed.GetValue(exam), Facts = parsed.GetValue(facts), Seed = parsed.GetValue(seed) };
            var study = new RefusalStudy(loaded, sae, home, Instruments.For(home), options).Run(EvalVerb.Said, cancellation);
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(study));
            else
                Console.Out.Write(study.ToMarkdown());
            if (parsed.GetValue(output) is { } page)
                AtomicFile.WriteText(page, study.ToMarkdown());
        });
    }

    private static JsonObject ToJson(RefusalStudyResult study) => new()
    {
        ["arms"] = new JsonObject(study.Arms.Select(arm => KeyValuePair.Create<string, JsonNode?>(arm.Name, new JsonObject { ["setting"] = arm.Setting, ["exam"] = EvalVerb.ToJson(arm.Report) }))),
        ["claims"] = StudyVerb.ToJson(study.Claims),
    };
}
