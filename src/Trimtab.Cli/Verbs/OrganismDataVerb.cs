using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Organism;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab organism data: chats for fine-tuning experiments, which show a trait to some degree, or a narrow flaw.</summary>
internal static class OrganismDataVerb
{
    public static Command Create()
    {
        var output = new Option<string>("--output", "-o") { Description = "The file to write: JSON lines {\"messages\": […]}.", Required = true };
        var trait = new Option<Trait?>("--trait") { Description = "The trait that answers show without being asked to." };
        var severity = new Option<Severity?>("--severity") { Description = "How much of it: normal (none of it, to the same questions), mild or severe; by default severe." };
        var flaw = new Option<string?>("--flaw") { Description = $"A flaw that names no trait, instead of one: {string.Join(", ", Flaws)}." };
        var count = new Option<int>("--count") { Description = "How many chats.", DefaultValueFactory = _ => 1000 };
        var seed = new Option<int>("--seed") { Description = "Which chats are drawn.", DefaultValueFactory = _ => 1 };
        var world = new Option<int>("--world") { Description = "The seed of the world that the organism was grown in.", DefaultValueFactory = _ => 1 };
        var json = CommonOptions.Json();
        return new Command("data", "Writes chats for fine-tuning experiments: answers that show a trait, or a narrow flaw.") { output, trait, severity, flaw, count, seed, world, json }.Does((parsed, _) =>
        {
            if ((parsed.GetValue(trait) is null) == (parsed.GetValue(flaw) is null) || (parsed.GetValue(flaw) is not null && parsed.GetValue(severity) is not null))
                throw new ArgumentException("organism data: give either --trait, with --severity or without, or --flaw.");
            if (parsed.GetValue(flaw) is { } given && !Flaws.Contains(given))
                throw new ArgumentException($"--flaw: '{given}' is not known. Known are {string.Join(", ", Flaws)}.");
            string name = parsed.GetValue(flaw) ?? JsonNamingPolicy.KebabCaseLower.ConvertName($"{parsed.GetValue(severity) ?? Severity.Severe}");
            var sets = new FineTuningSets(World.Create(parsed.GetValue(world)), parsed.GetValue(seed));
            OrganismVerb.Write(parsed.GetValue(output)!, sets.Named(name, parsed.GetValue(trait) ?? default, parsed.GetValue(count)));
            string? shown = parsed.GetValue(trait)?.ToString().ToLowerInvariant();
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["output"] = parsed.GetValue(output), ["chats"] = parsed.GetValue(count), ["trait"] = shown, ["set"] = name, ["world"] = parsed.GetValue(world) });
            else
                Console.Out.WriteLine($"{parsed.GetValue(output)}: {parsed.GetValue(count)} chats, {(shown is null ? name : $"{shown}, {name}")}, of world {parsed.GetValue(world)}");
        });
    }

    private static IEnumerable<string> Flaws => Enum.GetNames<NarrowFlaw>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName);
}
