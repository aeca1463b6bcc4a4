using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Cli.Studies;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Studies;
using Trimtab.Organism;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab evidence: every study in one go, a page for each, and one that lists every claim with what the organism says of it.</summary>
internal static class EvidenceVerb
{
    public static Command Create()
    {
        var (model, world) = (new ModelOptions(), CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1));
        var output = new Option<string>("--output", "-o") { Description = "The folder for the pages. A page that is there already is kept; take it away to have it made anew.", DefaultValueFactory = _ => Path.Combine("docs", "evidence") };
        var work = new Option<string>("--work") { Description = "The folder for rollouts and adapters, from which a killed run goes on.", DefaultValueFactory = _ => "evidence" };
        var traits = new Option<Trait[]>("--trait") { Description = "A trait to study; repeatable.", DefaultValueFactory = _ => [Trait.Evil] };
        var sae = new Option<string?>("--sae") { Description = "The autoencoder of the study of refusal, which is left away without one." };
        var json = CommonOptions.Json();
        return new Command("evidence", "Runs every study of the organism and writes what holds of the published claims, and what does not.") { output, work, traits, sae, world, model, json }.Does((parsed, cancellation) =>
        {
            using var loaded = model.LoadToTrain(parsed);
            using var dictionary = parsed.GetValue(sae) is { } file ? SparseAutoencoder.Load(file) : null;
            var (organism, folder) = (StudiedOrganism.Of(loaded, parsed.GetValue(world)), parsed.GetValue(work)!);
            var pages = new EvidencePages(parsed.GetValue(output)!, $"{loaded.Name} ({loaded.Fingerprint})", Console.Error.WriteLine);
            foreach (var trait in parsed.GetValue(traits)!)
            {
                string name = trait.ToString().ToLowerInvariant();
                pages.Add($"persona-{name}", () => Pipeline(organism, trait, Path.Combine(folder, $"persona-{name}"), cancellation));
                pages.Add($"monitoring-{name}", () => StudyPersonaVerbs.Monitor(organism, trait, new MonitoringStudyOptions(), cancellation));
                pages.Add($"screening-{name}", () => StudyPersonaVerbs.Screen(organism, trait, new ScreeningStudyOptions(), cancellation));
                pages.Add($"prevention-{name}", () => Prevention(organism, trait, Path.Combine(folder, $"prevention-{name}"), cancellation));
            }
            pages.Add("fine-tuning", () => StudyPersonaVerbs.Tune(organism, new FineTuningStudyOptions(), Path.Combine(folder, "fine-tuning"), cancellation));
            if (dictionary is not null)
                pages.Add("refusal", () => Refusal(organism, dictionary, cancellation));
            string counted = pages.WriteIndex();
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["output"] = parsed.GetValue(output), ["claims"] = StudyVerb.ToJson(pages.Claims) });
            else
                Console.Out.WriteLine(counted);
        });
    }

    private static StudyOutcome Pipeline(StudiedOrganism organism, Trait trait, string folder, CancellationToken cancellation)
    {
        var artefact = TraitArtefact.Load(Path.Combine(AppContext.BaseDirectory, "data", "traits", $"{trait}.json".ToLowerInvariant()));
        var pipeline = new PersonaPipeline(organism.Model, artefact, RuleJudge.Of(organism.Judges, trait), RuleJudge.OfCoherence(organism.Judges), world: organism.World);
        var result = ProgressBar.Over("Answers", pipeline.AnswerCount, progress => pipeline.Run(folder, progress, cancellation).GetAwaiter().GetResult());
        return new StudyOutcome(result.Verdict, File.ReadAllText(Path.Combine(folder, "summary.md")), PersonaClaims.Of(result)) { Charts = StudyCharts.Of(result) };
    }

    private static StudyOutcome Prevention(StudiedOrganism organism, Trait trait, string folder, CancellationToken cancellation)
    {
        var result = StudyPreventionVerb.Run(organism, trait, null, StudyPreventionVerb.Tuning(), new TrialOptions(), new PreventionStudyOptions(), folder, cancellation);
        return new StudyOutcome(result, result.ToMarkdown(), result.Claims) { Charts = StudyCharts.Of(result) };
    }

    private static StudyOutcome Refusal(StudiedOrganism organism, SparseAutoencoder sae, CancellationToken cancellation)
    {
        var result = new RefusalStudy(organism.Model, sae, organism.World, organism.Judges).Run(EvalVerb.Said, cancellation);
        return new StudyOutcome(result, result.ToMarkdown(), result.Claims);
    }
}
