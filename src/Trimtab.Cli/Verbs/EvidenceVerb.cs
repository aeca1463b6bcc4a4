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
using Trimtab.Training;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab evidence: every study in one go, a page for each, and one that lists every claim with what the organism says of it.</summary>
internal static class EvidenceVerb
{
    public static Command Create()
    {
        var (model, world) = (new ModelOptions(), CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1));
        var output = new Option<string>("--output", "-o") { Description = "The folder for the pages. A page that is there already, of the same settings, is kept; take it away to have it made anew.", DefaultValueFactory = _ => Path.Combine("docs", "evidence") };
        var work = new Option<string>("--work") { Description = "The folder for rollouts and adapters, from which a killed run goes on.", DefaultValueFactory = _ => "evidence" };
        var traits = new Option<Trait[]>("--trait") { Description = "A trait to study; repeatable.", DefaultValueFactory = _ => [Trait.Evil] };
        var sae = new Option<string?>("--sae") { Description = "The autoencoder of the study of refusal, which is left away without one." };
        var json = CommonOptions.Json();
        return new Command("evidence", "Runs every study of the organism and writes what holds of the published claims, and what does not.") { output, work, traits, sae, world, model, json }.Does((parsed, cancellation) =>
        {
            using var loaded = model.LoadToTrain(parsed);
            using var dictionary = parsed.GetValue(sae) is { } file ? SparseAutoencoder.Load(file) : null;
            var (organism, folder) = (StudiedOrganism.Of(loaded, parsed.GetValue(world)), parsed.GetValue(work)!);
            var pages = new EvidencePages(parsed.GetValue(output)!, FormattableString.Invariant($"{loaded.Name} ({loaded.Fingerprint}), world {parsed.GetValue(world)}"), Console.Error.WriteLine);
            foreach (var trait in parsed.GetValue(traits)!)
            {
                string name = trait.ToString().ToLowerInvariant();
                Add(pages, $"persona-{name}", new PersonaOptions(), options => Pipeline(organism, trait, options, Path.Combine(folder, $"persona-{name}"), cancellation));
                Add(pages, $"monitoring-{name}", new MonitoringStudyOptions(), options => StudyPersonaVerbs.Monitor(organism, trait, options, cancellation));
                Add(pages, $"screening-{name}", new ScreeningStudyOptions(), options => StudyPersonaVerbs.Screen(organism, trait, options, cancellation));
                Add(pages, $"prevention-{name}", new PreventionSettings(new PreventionStudyOptions(), new TrialOptions(), AdapterSettings.Usual), options => Prevention(organism, trait, options, Path.Combine(folder, $"prevention-{name}"), cancellation));
            }
            Add(pages, "fine-tuning", new FineTuningSettings(new FineTuningStudyOptions(), AdapterSettings.Usual), options => StudyPersonaVerbs.Tune(organism, options.Study, Path.Combine(folder, "fine-tuning"), cancellation));
            if (dictionary is not null)
                Add(pages, "refusal", new RefusalSettings(new RefusalStudyOptions(), HashOf(parsed.GetValue(sae)!)), options => StudyRefusalVerb.Run(organism, dictionary, options.Study, cancellation));
            string counted = pages.WriteIndex();
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["output"] = parsed.GetValue(output), ["claims"] = StudyVerb.ToJson(pages.Claims) });
            else
                Console.Out.WriteLine(counted);
        });
    }

    // What stands on the page is what the study is given.
    private static void Add<T>(EvidencePages pages, string name, T settings, Func<T, StudyOutcome> run) where T : notnull => pages.Add(name, settings, () => run(settings));

    // Whatever its format, an autoencoder is its files.
    private static string HashOf(string sae) => File.Exists(sae) ? TextFile.Hash(sae) : string.Join(' ', Directory.EnumerateFiles(sae, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(TextFile.Hash));

    private static StudyOutcome Pipeline(StudiedOrganism organism, Trait trait, PersonaOptions options, string folder, CancellationToken cancellation)
    {
        var artefact = TraitArtefact.Load(Path.Combine(AppContext.BaseDirectory, "data", "traits", $"{trait}.json".ToLowerInvariant()));
        var pipeline = new PersonaPipeline(organism.Model, artefact, RuleJudge.Of(organism.Judges, trait), RuleJudge.OfCoherence(organism.Judges), options, organism.World);
        var result = ProgressBar.Over("Answers", pipeline.AnswerCount, progress => pipeline.Run(folder, progress, cancellation).GetAwaiter().GetResult());
        return new StudyOutcome(result.Verdict, File.ReadAllText(Path.Combine(folder, "summary.md")), PersonaClaims.Of(result)) { Charts = StudyCharts.Of(result) };
    }

    private static StudyOutcome Prevention(StudiedOrganism organism, Trait trait, PreventionSettings settings, string folder, CancellationToken cancellation) =>
        StudyPreventionVerb.Run(organism, trait, null, StudyPreventionVerb.Tuning(), settings.Trial, settings.Study, folder, cancellation);

    private sealed record PreventionSettings(PreventionStudyOptions Study, TrialOptions Trial, AdapterSettings Adapters);

    private sealed record FineTuningSettings(FineTuningStudyOptions Study, AdapterSettings Adapters);

    private sealed record RefusalSettings(RefusalStudyOptions Study, string Sae);

    private sealed record AdapterSettings(int Rank, double Alpha, int Epochs, int BatchSize, double LearningRate, int Seed)
    {
        public static AdapterSettings Usual { get; } = Of(StudyPreventionVerb.Tuning());

        private static AdapterSettings Of(FineTuningOptions tuning) => new(tuning.Lora!.Rank, tuning.Lora.Alpha, tuning.Epochs, tuning.BatchSize, tuning.LearningRate, tuning.Seed);
    }
}
