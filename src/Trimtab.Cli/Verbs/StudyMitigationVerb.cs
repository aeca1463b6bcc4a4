using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study mitigation: a trait that an adapter brought, held back at inference in four ways and at several strengths.</summary>
internal static class StudyMitigationVerb
{
    private static readonly MitigationOptions Defaults = new();
    private static readonly TrialOptions TrialDefaults = new();

    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var trait = new Option<Trait>("--trait") { Description = "The trait.", DefaultValueFactory = _ => Trait.Evil };
        var vector = new Option<string>("--vector") { Description = "The trait's vector and the block of single-layer edits: VECTOR@LAYER.", Required = true };
        var strengths = new Option<float[]>("--strengths") { Description = "Coefficients of the vector that are subtracted.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Defaults.Subtracted] };
        var samples = CommonOptions.Number("--samples", "Answers drawn for each question that is reported on.", TrialDefaults.Samples);
        var seed = CommonOptions.Number("--seed", "Decides all draws.", TrialDefaults.Seed);
        var world = CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1);
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the whole study." };
        return new Command("mitigation", "Holds back at inference a trait that an adapter brought: trait, coherence and facts over strengths.") { model, trait, vector, strengths, samples, seed, world, output, json }.Does((parsed, cancellation) =>
        {
            var (v, at) = LayerVector.Parse(vector.Name, parsed.GetValue(vector)!);
            var (before, after) = model.LoadBoth(parsed);
            using var owner = before;
            var home = World.Create(parsed.GetValue(world));
            var trial = new TreatmentTrial(home, Instruments.For(home), parsed.GetValue(trait), TrialDefaults with { Samples = parsed.GetValue(samples), Seed = parsed.GetValue(seed) });
            var options = Defaults with { Subtracted = parsed.GetValue(strengths)!, SubtractedEverywhere = parsed.GetValue(strengths)! };
            var study = new MitigationStudy(trial, v, at, options).Run(before, after, EvalVerb.Said, cancellation).GetAwaiter().GetResult();
            string text = study.ToMarkdown(parsed.GetValue(trait).ToString().ToLowerInvariant());
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(study));
            else
                Console.Out.Write(text);
            if (parsed.GetValue(output) is { } page)
                AtomicFile.WriteText(page, text);
        });
    }

    /// <summary>What treatments did at every strength.</summary>
    public static JsonArray ToJson(IEnumerable<DoseResponse> doses) => new([.. doses.Select(dose => (JsonNode)new JsonObject
    {
        ["treatment"] = dose.Treatment, ["chosen"] = dose.Chosen?.Strength, ["curve"] = new JsonArray([.. dose.Curve.Select(arm => (JsonNode)SweepOutput.ToJson(arm))]),
    })]);

    private static JsonObject ToJson(MitigationResult study) => new()
    {
        ["untreated"] = SweepOutput.ToJson(study.Untreated),
        ["judged"] = new JsonArray([.. study.Treatments.Where(treatment => treatment.Judged is not null).Select(treatment => (JsonNode)SweepOutput.ToJson(treatment.Judged!))]),
        ["doses"] = ToJson(study.Treatments.Select(treatment => treatment.Doses)),
    };
}
