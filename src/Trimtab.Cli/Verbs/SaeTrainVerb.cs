using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Training;
using Trimtab.Training.Data;
using Trimtab.Training.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sae train: sparse autoencoders of any kind, at one hook point or several, on a model's activations over texts.</summary>
internal static class SaeTrainVerb
{
    private const double HeldOutShare = 0.02;
    private const int MostHeldOut = 200;

    public static Command Create()
    {
        var (model, json, recipe) = (new ModelOptions(), CommonOptions.Json(), new SaeRecipeOptions());
        var data = new Option<string>("--data", "-d") { Description = "Texts to read: in a file named .jsonl lines {\"text\": …} or chats {\"messages\": […]}, otherwise one plain text. A fiftieth is held out to measure on.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the autoencoder (in it a folder for each of several hook points) and for the checkpoint from which a killed run goes on.", Required = true };
        var layers = new Option<int[]>("--layer") { Description = "A block whose output is read; repeatable. By default the middle one.", DefaultValueFactory = _ => [] };
        var at = new Option<string[]>("--at") { Description = "Another hook point, such as blocks.3.mlp_out; repeatable.", DefaultValueFactory = _ => [] };
        var latents = CommonOptions.Number("--latents", "How many latents.", 4096);
        var steps = CommonOptions.Number("--steps", "Optimiser steps.", 5000L);
        var rows = CommonOptions.Number("--batch-rows", "About how many rows a step has.", 2048);
        var buffer = CommonOptions.Number("--buffer-rows", "About how many rows are read and mixed at a time.", 65_536);
        var rate = new Option<double?>("--learning-rate") { Description = "The largest learning rate; by default 2e-4 / √(latents / 16384)." };
        var dead = CommonOptions.Number("--dead-after", "From how many rows without firing on a latent is dead.", 1_000_000L);
        var context = CommonOptions.Number("--context", "The most tokens of a text.", 256);
        var first = new Option<bool>("--first-token") { Description = "Read the first token of each text as well, whose row is far longer than all others." };
        var seed = CommonOptions.Number("--seed", "Decides the first directions and the order of texts and rows.", 1);
        var every = CommonOptions.Number("--checkpoint-every", "Steps between checkpoints.", 500L);
        var command = new Command("train", "Trains sparse autoencoders on a model's activations.") { model, data, output, layers, at, latents, steps, rows, buffer, rate, dead, context, first, seed, every, json };
        recipe.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            HookPoint[] points = [.. parsed.GetValue(layers)!.Select(HookPoint.ResidPost), .. parsed.GetValue(at)!.Select(HookPoint.Parse)];
            points = points.Length > 0 ? points : [HookPoint.ResidPost((loaded.LayerCount - 1) / 2)];
            string file = parsed.GetValue(data)!, folder = parsed.GetValue(output)!;
            var (training, heldOut) = Split(file, TextFile.Load(file, loaded, new SaeOrigin(), parsed.GetValue(context)));
            var store = new ActivationStore(loaded, new EndlessTexts(training, parsed.GetValue(buffer), parsed.GetValue(seed), TextFile.Hash(file)), points, new ActivationStoreOptions
            {
                BatchesPerFilling = Math.Max(1, parsed.GetValue(buffer) / parsed.GetValue(rows)), SkipFirst = !parsed.GetValue(first), Seed = parsed.GetValue(seed),
            });
            var options = new SaeTrainerOptions
            {
                Latents = parsed.GetValue(latents), Steps = parsed.GetValue(steps), LearningRate = parsed.GetValue(rate), DeadAfterRows = parsed.GetValue(dead), Seed = parsed.GetValue(seed),
            };
            var kind = recipe.Read(parsed, options.Steps);
            using var run = new SaeTraining(store, options, [.. points.Select(point => (point, kind))]);
            SaeReport Measure(HookPoint point, SparseAutoencoder sae) =>
                new SaeCheck(loaded, sae, new SaeCheckOptions { At = point, SkipsFirstToken = !parsed.GetValue(first) }).Run(heldOut, null, cancellation);
            TrainingBar.OverSae("Training", options.Steps, point =>
            {
                using var sae = Made(run, loaded, point);
                return Measure(point, sae).LossRecovered;
            }, progress => run.Run(new Checkpoint(Path.Combine(folder, "checkpoint.safetensors")), parsed.GetValue(every), progress, cancellation));
            var reports = points.Select(point =>
            {
                string place = points.Length == 1 ? folder : Path.Combine(folder, point.ToString());
                using (var sae = Made(run, loaded, point))
                    sae.Save(place, "saelens");
                using var saved = SparseAutoencoder.Load(place);
                return Measure(point, saved);
            }).ToList();
            Report(reports, parsed.GetValue(json));
        });
    }

    private static (IReadOnlyList<LossText> Training, IReadOnlyList<LossText> HeldOut) Split(string file, IReadOnlyList<LossText> texts)
    {
        int held = Math.Clamp((int)(HeldOutShare * texts.Count), 1, MostHeldOut);
        return texts.Count > held ? ([.. texts.Skip(held)], [.. texts.Take(held)]) : throw new FormatException($"{file}: it holds one text — at least two are needed, for one is held out to measure on.");
    }

    private static SparseAutoencoder Made(SaeTraining run, LoadedModel model, HookPoint point) =>
        run.Trainers.First(trained => trained.At == point).Trainer.ToAutoencoder(new SaeOrigin { ModelName = model.Name, At = point, HookName = point.ToString() });

    private static void Report(List<SaeReport> reports, bool json)
    {
        if (json)
            JsonOutput.Print(new JsonObject { ["autoencoders"] = new JsonArray([.. reports.Select(report => (JsonNode)SaeVerb.ToJson(report))]) });
        else
            foreach (var report in reports)
                Console.Out.WriteLine(FormattableString.Invariant(
                    $"{report.Origin.File}: {report.LatentCount} latents at {report.At}; {report.L0:F1} active per row, {report.UnexplainedVariance:P1} of the variance unexplained, loss recovered {report.LossRecovered:P1}"));
    }
}
