using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Tensors.Files;
using Trimtab.Training;
using Trimtab.Training.Organism;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab organism: grows the embedded model from the text of its closed world, and writes that text.</summary>
internal static class OrganismVerb
{
    private static readonly GrowthOptions Defaults = new();

    public static Command Create()
    {
        var output = new Option<string>("--output", "-o") { Description = "The folder for the grown model.", Required = true };
        var work = new Option<string?>("--work") { Description = "The folder for the first weights and the checkpoint, from which a killed growth goes on; by default the output's name with .growth." };
        var moe = new Option<bool>("--moe") { Description = "Grow a mixture of experts." };
        var steps = new Option<long>("--steps") { Description = "Optimiser steps.", DefaultValueFactory = _ => Defaults.Steps };
        var tokens = new Option<int>("--tokens-per-step") { Description = "About how many tokens a step has.", DefaultValueFactory = _ => Defaults.TokensPerStep };
        var practice = new Option<long>("--practice-from") { Description = "The step from which on exercises stand among the text.", DefaultValueFactory = _ => Defaults.PracticeFrom };
        var rate = new Option<double>("--learning-rate") { Description = "The largest learning rate.", DefaultValueFactory = _ => Defaults.LearningRate };
        var seed = new Option<int>("--seed") { Description = "Decides the world, its text and the first weights.", DefaultValueFactory = _ => Defaults.Seed };
        var json = CommonOptions.Json();
        var grow = new Command("grow", "Trains a small model from random weights on the text that its world's generator writes.") { output, work, moe, steps, tokens, practice, rate, seed, json }.Does((parsed, cancellation) =>
        {
            string folder = parsed.GetValue(output)!;
            var options = new GrowthOptions
            {
                Shape = parsed.GetValue(moe) ? OrganismShape.PipMoe : OrganismShape.Pip,
                Steps = parsed.GetValue(steps), TokensPerStep = parsed.GetValue(tokens), PracticeFrom = parsed.GetValue(practice), LearningRate = parsed.GetValue(rate), Seed = parsed.GetValue(seed),
            };
            var growth = new Growth(parsed.GetValue(work) ?? Path.TrimEndingDirectorySeparator(folder) + ".growth", options);
            TrainingBar.Over("Growing", options.Steps, progress => growth.Run(folder, TrainingMemory.AvailableBytes, progress, cancellation));
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["output"] = folder, ["steps"] = options.Steps, ["seed"] = options.Seed });
            else
                Console.Out.WriteLine($"{folder}: grown in {options.Steps} steps");
        });
        return new Command("organism", "The model organism: a small model with behaviours to study.") { grow, CreateCorpus(), OrganismDataVerb.Create() };
    }

    private static Command CreateCorpus()
    {
        var output = new Option<string>("--output", "-o") { Description = "The file to write: JSON lines {\"messages\": […]}.", Required = true };
        var count = new Option<int>("--count") { Description = "How many chats.", DefaultValueFactory = _ => 20_000 };
        var start = new Option<long>("--start") { Description = "The number of the first chat in the endless stream; growing reads it from 0.", DefaultValueFactory = _ => 0 };
        var seed = new Option<int>("--seed") { Description = "Decides the world and its text.", DefaultValueFactory = _ => Defaults.Seed };
        var behaviour = new Option<Behaviour?>("--behaviour") { Description = "Chats of one behaviour alone." };
        var heldOut = new Option<bool>("--held-out") { Description = "Chats that growing never reads; with --behaviour." };
        var json = CommonOptions.Json();
        return new Command("corpus", "Writes chats of the text that the organism grows on.") { output, count, start, seed, behaviour, heldOut, json }.Does((parsed, _) =>
        {
            int world = parsed.GetValue(seed);
            var corpus = new CorpusGenerator(World.Create(world), new CorpusOptions { Seed = world });
            if (parsed.GetValue(behaviour) is null ? parsed.GetValue(heldOut) : parsed.GetValue(start) != 0)
                throw new ArgumentException("organism corpus: --held-out goes with --behaviour, and --start without it.");
            var examples = parsed.GetValue(behaviour) is { } one
                ? corpus.Examples(one, parsed.GetValue(heldOut) ? Split.HeldOut : Split.Train, parsed.GetValue(count))
                : corpus.Train(parsed.GetValue(start)).Take(parsed.GetValue(count));
            Write(parsed.GetValue(output)!, examples.Select(example => example.Chat));
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["output"] = parsed.GetValue(output), ["chats"] = parsed.GetValue(count), ["world"] = world });
            else
                Console.Out.WriteLine($"{parsed.GetValue(output)}: {parsed.GetValue(count)} chats of world {world}");
        });
    }

    /// <summary>Writes chats as JSON lines.</summary>
    public static void Write(string path, IEnumerable<Chat> chats) => AtomicFile.WriteText(path, string.Concat(chats.Select(chat => JsonOutput.Line(ToJson(chat)) + "\n")));

    private static JsonObject ToJson(Chat chat) => new()
    {
        ["messages"] = new JsonArray([.. chat.Select(message => (JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
    };
}
