using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Cli.Descriptions;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab inspect FILE: what a model, vector, plan, adapter or weight file is.</summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A model folder, or a .gguf, .safetensors, .npz, .npy, .pt, .svec or plan file." };
        var json = CommonOptions.Json();
        return new Command("inspect", "Describes a model, vector, plan or weight file.") { path, json }.Does((parsed, _) =>
        {
            var description = Inspection.Of(parsed.GetValue(path)!);
            if (parsed.GetValue(json))
                JsonOutput.Print(description);
            else
                Print(description, "");
        });
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
