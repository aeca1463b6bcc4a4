using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Cli.Studies;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study refusal: directions, latents and prompts that defend against harm, side by side with their controls and what they cost.</summary>
internal static class StudyRefusalVerb
{
    private static readonly RefusalStudyOptions Defaults = new();

    public static Command Create()
    {
        var (model, json, file) = (new ModelOptions(), CommonOptions.Json(), new SaeFileOptions());
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the whole study." };
        var generated = new Option<string?>("--generated-prompt") { Description = "A file with a system prompt that a chat model wrote (persona prompt), to compare with beside the one of our own." };
        var pairs = CommonOptions.Number("--pairs", "Pairs of answers that directions are fitted to.", Defaults.Pairs);
        var development = CommonOptions.Number("--development", "Framed harmful requests that strengths are chosen on; of other kinds, half as many.", Defaults.Development);
        var exam = CommonOptions.Number("--count", "Held-out examples of each kind in the exam.", Defaults.Exam);
        var facts = new Option<int?>("--facts") { Description = "Facts asked in the exam; by default all." };
        var seed = CommonOptions.Number("--seed", "Decides pairs, random directions and controls.", Defaults.Seed);
        var world = CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1);
        var command = new Command("refusal", "Steers and clamps a model organism towards refusal, beside controls, and holds published claims against it.") { model, output, generated, pairs, development, exam, facts, seed, world, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            string? prompt = parsed.GetValue(generated) is { } path ? File.ReadAllText(path).Trim() : null;
            using var sae = file.Load(parsed);
            using var loaded = model.Load(parsed);
            var options = new RefusalStudyOptions
            {
                Pairs = parsed.GetValue(pairs), Development = parsed.GetValue(development), Exam = parsed.GetValue(exam), Facts = parsed.GetValue(facts), Seed = parsed.GetValue(seed), GeneratedPrompt = prompt,
            };
            Run(StudiedOrganism.Of(loaded, parsed.GetValue(world)), sae, options, cancellation).Show(parsed.GetValue(output), parsed.GetValue(json));
        });
    }

    /// <summary>Runs the study.</summary>
    public static StudyOutcome Run(StudiedOrganism organism, SparseAutoencoder sae, RefusalStudyOptions options, CancellationToken cancellation)
    {
        var study = new RefusalStudy(organism.Model, sae, organism.World, organism.Judges, options).Run(EvalVerb.Said, cancellation);
        return new StudyOutcome(ToJson(study), study.ToMarkdown(), study.Claims);
    }

    private static JsonObject ToJson(RefusalStudyResult study) => new()
    {
        ["arms"] = new JsonObject(study.Arms.Select(arm => KeyValuePair.Create<string, JsonNode?>(arm.Name, new JsonObject { ["setting"] = arm.Setting, ["exam"] = EvalVerb.ToJson(arm.Report) }))),
    };
}
