using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Cli.Studies;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Organism;
using Trimtab.Tensors.Files;
using Trimtab.Training;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study prevention: adapters trained on data that shows a trait, plain and under every way of prevention, side by side.</summary>
internal static class StudyPreventionVerb
{
    private static readonly PreventionStudyOptions Defaults = new();
    private static readonly TrialOptions TrialDefaults = new();

    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var trait = new Option<Trait>("--trait") { Description = "The trait.", DefaultValueFactory = _ => Trait.Evil };
        var vector = new Option<string?>("--vector") { Description = "The trait's vector and the block of single-layer edits: VECTOR@LAYER; by default fitted and chosen as sweep does." };
        var sets = new Option<string[]>("--set") { Description = $"Data sets: {string.Join(", ", FineTuningSets.Names)}; strengths are chosen on the last.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Defaults.Sets] };
        var count = CommonOptions.Number("--count", "Chats of a data set.", Defaults.Count);
        var epochs = CommonOptions.Number("--epochs", "How often an adapter goes through them.", 2);
        var rate = CommonOptions.Number("--learning-rate", "The largest learning rate.", 2e-3);
        var rank = CommonOptions.Number("--rank", "The width of the adapters.", 8);
        var steered = Strengths("--steered", "Coefficients of the vector after one block, in training.", Defaults.Steered);
        var everywhere = Strengths("--steered-everywhere", "Coefficients of its increments after all blocks, in training.", Defaults.SteeredEverywhere);
        var penalties = Strengths("--penalties", "Weights of the penalty on moving along it.", Defaults.Penalties);
        var samples = CommonOptions.Number("--samples", "Answers drawn for each question that is reported on.", TrialDefaults.Samples);
        var seed = CommonOptions.Number("--seed", "Decides adapters and draws.", TrialDefaults.Seed);
        var world = CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1);
        var work = new Option<string>("--work") { Description = "The folder for vector and adapters; those that are there already are not trained again.", DefaultValueFactory = _ => "prevention" };
        var output = new Option<string?>("--output", "-o") { Description = "A Markdown file for the whole study." };
        return new Command("prevention", "Fine-tunes a model organism on data that shows a trait, plain, vaccinated and otherwise prevented, and measures trait, coherence, facts and shift.")
        {
            model, trait, vector, sets, count, epochs, rate, rank, steered, everywhere, penalties, samples, seed, world, work, output, json,
        }.Does((parsed, cancellation) =>
        {
            var options = new PreventionStudyOptions
            {
                Sets = parsed.GetValue(sets)!, Count = parsed.GetValue(count), Steered = parsed.GetValue(steered)!, SteeredEverywhere = parsed.GetValue(everywhere)!, Penalties = parsed.GetValue(penalties)!, Seed = parsed.GetValue(seed),
            };
            using var loaded = model.LoadToTrain(parsed);
            var given = parsed.GetValue(vector) is { } text ? LayerVector.Parse(vector.Name, text) : null;
            var tuning = Tuning(parsed.GetValue(rank)) with { Epochs = parsed.GetValue(epochs), LearningRate = parsed.GetValue(rate), Seed = parsed.GetValue(seed) };
            var study = Run(StudiedOrganism.Of(loaded, parsed.GetValue(world)), parsed.GetValue(trait), given, tuning, TrialDefaults with { Samples = parsed.GetValue(samples), Seed = parsed.GetValue(seed) }, new PreventionStudyOptions
            {
                Sets = parsed.GetValue(sets)!, Count = parsed.GetValue(count), Steered = parsed.GetValue(steered)!, SteeredEverywhere = parsed.GetValue(everywhere)!, Penalties = parsed.GetValue(penalties)!, Seed = parsed.GetValue(seed),
            }, parsed.GetValue(work)!, cancellation);
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(study));
            else
                Console.Out.Write(study.ToMarkdown());
            if (parsed.GetValue(output) is { } page)
                AtomicFile.WriteText(page, study.ToMarkdown());
        });
    }

    /// <summary>How adapters of studies are trained.</summary>
    /// <param name="rank">Their width.</param>
    public static FineTuningOptions Tuning(int rank = 8) => new() { Lora = new LoraOptions { Rank = rank, Alpha = 2 * rank }, Epochs = 2, LearningRate = 2e-3, BatchSize = 8, HeldOutShare = 0 };

    /// <summary>Runs the study.</summary>
    /// <param name="organism">The organism.</param>
    /// <param name="trait">The trait.</param>
    /// <param name="given">Its direction; fitted and chosen as sweep does, where null.</param>
    /// <param name="tuning">How adapters are trained.</param>
    /// <param name="trial">How they are asked.</param>
    /// <param name="options">What is tried.</param>
    /// <param name="folder">Where vector and adapters are kept.</param>
    /// <param name="cancellation">Ends it.</param>
    public static PreventionStudyResult Run(StudiedOrganism organism, Trait trait, LayerVector? given, FineTuningOptions tuning, TrialOptions trial, PreventionStudyOptions options, string folder, CancellationToken cancellation)
    {
        var direction = given ?? Fit(organism.Model, organism.World, organism.Judges, trait, folder, cancellation);
        var tuner = new AdapterTuner(organism.Model, direction, tuning, folder);
        return new PreventionStudy(organism.Model, organism.World, trait, direction.Vector, direction.At, new TreatmentTrial(organism.World, organism.Judges, trait, trial), tuner.Tune, options)
            .Run(EvalVerb.Said, cancellation).GetAwaiter().GetResult();
    }

    private static LayerVector Fit(LoadedModel model, World world, Instruments judges, Trait trait, string folder, CancellationToken cancellation)
    {
        EvalVerb.Said.Report("the vector");
        var sweep = new TraitSweep(model, world, judges, trait, new TraitSweepOptions { Strengths = [0.3f, 0.6f], Samples = 1, Facts = 10 });
        var found = sweep.Run(cancellation: cancellation).GetAwaiter().GetResult().Methods[0];
        Directory.CreateDirectory(folder);
        found.Vector.Save(Path.Combine(folder, "vector.safetensors"));
        return found.Chosen is { Layer: { } layer } ? new LayerVector(found.Vector, HookPoint.ResidPost(layer))
            : throw new InvalidOperationException("study prevention: at no layer did the fitted vector raise the trait and keep the answers coherent. Give one, and its layer, by --vector.");
    }

    private static Option<float[]> Strengths(string name, string description, IReadOnlyList<float> defaults) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. defaults] };

    private static JsonObject ToJson(PreventionStudyResult study) => new()
    {
        ["model"] = study.Model, ["trait"] = study.Trait.ToString().ToLowerInvariant(), ["at"] = study.At.ToString(), ["chosenOn"] = study.ChosenOn, ["before"] = SweepOutput.ToJson(study.Before),
        ["rows"] = new JsonArray([.. study.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["data"] = row.Data, ["arm"] = SweepOutput.ToJson(row.Arm), ["shift"] = row.Shift is { } shift ? EvalShiftVerb.ToJson(shift) : null, ["protects"] = study.Protects(row),
        })]),
        ["claims"] = StudyVerb.ToJson(study.Claims),
        ["doses"] = StudyMitigationVerb.ToJson(study.Doses),
    };
}
