using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Steering;
using Trimtab.Training;
using Trimtab.Training.Data;
using Trimtab.Training.Schedules;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab tune: supervised fine-tuning of an adapter, or of all weights, on chats; under a steering plan or without.</summary>
internal static class TuneVerb
{
    private static readonly FineTuningOptions Defaults = new();
    private static readonly LoraOptions LoraDefaults = new();

    public static Command Create()
    {
        var (model, json, plan) = (new ModelOptions(), CommonOptions.Json(), CommonOptions.Plan());
        var data = new Option<string>("--data", "-d") { Description = "Chats to learn from: JSON lines {\"messages\": [{\"role\", \"content\"}, …]}. Only the assistant's words are learnt.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the adapter (PEFT's format), or for the model with --all-weights. A run that was killed goes on from the checkpoint in it.", Required = true };
        var all = new Option<bool>("--all-weights") { Description = "Train all weights instead of an adapter." };
        var rank = CommonOptions.Number("--rank", "The width of the adapter.", LoraDefaults.Rank);
        var alpha = CommonOptions.Number("--alpha", "What the adapter adds is scaled by alpha / rank.", LoraDefaults.Alpha);
        var rsLora = new Option<bool>("--rslora") { Description = "Scale by alpha / √rank instead." };
        var dropout = CommonOptions.Number("--dropout", "The share of the adapter's inputs that training leaves out.", LoraDefaults.Dropout);
        var targets = new Option<string?>("--targets") { Description = "The layers that are adapted: the ends of their names separated by commas, or a regular expression between slashes. By default every matrix product of the blocks but routers." };
        var epochs = CommonOptions.Number("--epochs", "How often the data is gone through.", Defaults.Epochs);
        var batch = CommonOptions.Number("--batch-size", "Chats in a step.", Defaults.BatchSize);
        var rate = CommonOptions.Number("--learning-rate", "The largest learning rate.", Defaults.LearningRate);
        var schedule = new Option<string>("--schedule") { Description = "How the learning rate falls: linear, cosine or constant.", DefaultValueFactory = _ => "linear" };
        var warmUp = CommonOptions.Number("--warmup-steps", "Steps over which the learning rate rises.", Defaults.Schedule.WarmUpSteps);
        var decay = CommonOptions.Number("--weight-decay", "The share of a weight that a step takes away, times the learning rate.", Defaults.WeightDecay);
        var clip = CommonOptions.Number("--max-grad-norm", "The length that the gradients are cut to; 0 for no limit.", Defaults.MaxGradientNorm);
        var passTokens = CommonOptions.Number("--pass-tokens", "The most tokens that go through the model at once; a step of more adds up several passes.", Defaults.PassTokens);
        var maxTokens = CommonOptions.Number("--max-tokens", "The longest chat.", new ChatDatasetOptions().MaxTokens);
        var skip = new Option<bool>("--skip-unusable") { Description = "Go on without chats that cannot be used, and report them, instead of refusing the file." };
        var heldOut = CommonOptions.Number("--held-out", "The share of the chats that is not trained on but tested with; 0 for none.", Defaults.HeldOutShare);
        var seed = CommonOptions.Number("--seed", "Decides the adapter's first values and the order of the chats.", Defaults.Seed);
        var penalty = new Option<string?>("--projection-penalty") { Description = "VECTOR@LAYER:WEIGHT: add to the loss how far the answers' rows move along a vector after a block, squared, times the weight." };
        var every = CommonOptions.Number("--checkpoint-every", "Steps between checkpoints.", Defaults.CheckpointEvery);
        return new Command("tune", "Fine-tunes a model on chats: a LoRA adapter, or all weights.")
        {
            model, data, output, plan, penalty, all, rank, alpha, rsLora, dropout, targets, epochs, batch, rate, schedule, warmUp, decay, clip, passTokens, maxTokens, skip, heldOut, seed, every, json,
        }.Does((parsed, cancellation) =>
        {
            bool trainsAll = parsed.GetValue(all);
            if (trainsAll && ((Option[])[rank, alpha, rsLora, dropout, targets]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } foreign)
                throw new ArgumentException($"{foreign.Name} is an adapter's, and --all-weights trains none. Leave one of them away.");
            var options = new FineTuningOptions
            {
                Lora = trainsAll ? null : Targeted(parsed.GetValue(targets), new LoraOptions
                {
                    Rank = parsed.GetValue(rank), Alpha = parsed.GetValue(alpha), RankStabilised = parsed.GetValue(rsLora), Dropout = parsed.GetValue(dropout),
                }),
                Epochs = parsed.GetValue(epochs), BatchSize = parsed.GetValue(batch), LearningRate = parsed.GetValue(rate), Schedule = ScheduleOf(parsed.GetValue(schedule)!, parsed.GetValue(warmUp)),
                WeightDecay = parsed.GetValue(decay), MaxGradientNorm = parsed.GetValue(clip), PassTokens = parsed.GetValue(passTokens), HeldOutShare = parsed.GetValue(heldOut),
                Penalty = parsed.GetValue(penalty) is { } price ? LayerVector.ParsePenalty(penalty.Name, price) : null, Seed = parsed.GetValue(seed), CheckpointEvery = parsed.GetValue(every),
            };
            using var loaded = model.LoadToTrain(parsed);
            var chats = ChatDataset.Load(parsed.GetValue(data)!, ChatEncoder.Of(loaded), new ChatDatasetOptions
            {
                MaxTokens = parsed.GetValue(maxTokens), UnusableLines = parsed.GetValue(skip) ? UnusableLines.Skip : UnusableLines.Refuse,
            });
            foreach (var problem in chats.Problems)
                Console.Error.WriteLine($"{parsed.GetValue(data)}: line {problem.Line} is left out — {problem.Reason}");
            using var run = new FineTuning(loaded, chats, options, parsed.GetValue(plan) is { } file ? SteeringPlan.Load(file) : null);
            Report(Train(run, parsed.GetValue(output)!, cancellation), chats, run, parsed.GetValue(output)!, parsed.GetValue(json));
        });
    }

    private static (double? Before, double? After) Train(FineTuning run, string folder, CancellationToken cancellation)
    {
        run.RequireFits(TrainingMemory.AvailableBytes);
        double? before = run.HeldOutLoss(cancellation);
        TrainingBar.Over("Tuning", run.Steps, progress => run.Run(new Checkpoint(Path.Combine(folder, "checkpoint.safetensors")), progress, cancellation));
        run.Save(folder);
        return (before, run.HeldOutLoss(cancellation));
    }

    private static void Report((double? Before, double? After) heldOut, ChatDataset chats, FineTuning run, string folder, bool json)
    {
        if (json)
        {
            JsonOutput.Print(new JsonObject
            {
                ["output"] = folder, ["chats"] = chats.Texts.Count, ["leftOut"] = chats.Problems.Count, ["steps"] = run.Steps, ["parameters"] = run.ParameterCount,
                ["heldOutLossBefore"] = heldOut.Before, ["heldOutLoss"] = heldOut.After,
            });
            return;
        }
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {run.ParameterCount} trained values, {run.Steps} steps over {chats.Texts.Count} chats{(chats.Problems.Count > 0 ? $", {chats.Problems.Count} left out" : "")}"));
        if (heldOut.After is { } after)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held-out loss {heldOut.Before:F4} → {after:F4} nats for each token"));
    }

    private static LoraOptions Targeted(string? targets, LoraOptions options) => targets switch
    {
        null => options,
        ['/', .., '/'] and { Length: > 2 } => options with { TargetPattern = targets[1..^1], Targets = [] },
        _ => options with { Targets = targets.Split(',', StringSplitOptions.TrimEntries) },
    };

    private static LearningRateSchedule ScheduleOf(string name, long warmUp) => name switch
    {
        "linear" => new LinearSchedule { WarmUpSteps = warmUp },
        "cosine" => new CosineSchedule { WarmUpSteps = warmUp },
        "constant" => new ConstantSchedule { WarmUpSteps = warmUp },
        _ => throw new FormatException($"--schedule: '{name}' is not known. Write linear, cosine or constant."),
    };
}
