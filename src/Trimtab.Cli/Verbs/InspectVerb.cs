using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Cli.Descriptions;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab inspect FILE: what a model, vector, plan, adapter or weight file is; trimtab inspect --machine: what it will run on.</summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var path = new Argument<string?>("path") { Description = "The folder of a model, adapter or sparse autoencoder, or a .gguf, .safetensors, .npz, .npy, .pt, .svec or plan file.", Arity = ArgumentArity.ZeroOrOne };
        var machine = new Option<bool>("--machine") { Description = "Describe this machine instead: its processor, and which kernels run on it." };
        var measure = new Option<bool>("--measure") { Description = "With --machine: measure what it can do at most, which takes a second." };
        var json = CommonOptions.Json();
        return new Command("inspect", "Describes a model, vector, adapter, autoencoder, plan or weight file, or this machine.") { path, machine, measure, json }.Does((parsed, _) =>
        {
            var description = Describe(parsed.GetValue(path), parsed.GetValue(machine), parsed.GetValue(measure));
            if (parsed.GetValue(json))
                JsonOutput.Print(description);
            else
                Print(description, "");
        });
    }

    private static JsonObject Describe(string? path, bool machine, bool measure)
    {
        if (machine == path is not null)
            throw new ArgumentException("Inspect: give either a path or --machine.");
        if (measure && !machine)
            throw new ArgumentException("Inspect: --measure goes with --machine. Leave it away for a file.");
        return machine ? Machine.Describe(measure) : Inspection.Of(path!);
    }

    // The document in words: members as lines, objects indented, lists of plain values in one line.
    private static void Print(JsonObject json, string indent)
    {
        foreach (var (name, value) in json)
        {
            if (value is JsonObject inner)
            {
                Console.Out.WriteLine($"{indent}{name}");
                Print(inner, indent + "  ");
            }
            else if (value is JsonArray list && list.Any(item => item is JsonObject))
            {
                Console.Out.WriteLine($"{indent}{name}");
                foreach (var item in list.OfType<JsonObject>())
                    Console.Out.WriteLine($"{indent}  {string.Join("  ", item.Select(member => Shown(member.Value)))}");
            }
            else
            {
                Console.Out.WriteLine($"{indent}{name,-20} {Shown(value)}");
            }
        }
    }

    private static string Shown(JsonNode? value) => value switch
    {
        null => "–",
        JsonArray list => string.Join(", ", list.Select(Shown)),
        JsonValue single when single.TryGetValue(out string? text) => text,
        JsonValue single when single.TryGetValue(out double number) => number.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToJsonString(),
    };
}
