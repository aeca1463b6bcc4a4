using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab fit METHOD: a steering vector by any registered method; each method's options are those of its record.</summary>
internal static class FitVerb
{
    public static Command Create()
    {
        var command = new Command("fit", "Fits a steering vector to contrasting answers.");
        foreach (var (name, type) in SteeringMethods.All.OrderBy(m => m.Key, StringComparer.Ordinal))
            command.Subcommands.Add(CreateFor(name, type));
        return command;
    }

    private static Command CreateFor(string name, Type type)
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var data = new Option<string>("--data", "-d") { Description = "Pairs of answers: JSON lines or a JSON list with question, positive, negative (or the published spellings).", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The vector file to write (.safetensors).", Required = true };
        Option<string?>[] options = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(OptionOf)];
        var command = new Command(name, $"Fits by {name}{(type.GetCustomAttribute<SteeringMethodAttribute>()!.Paper is { } paper ? $" ({paper})" : "")}.") { model, data, output, json };
        foreach (var option in options)
            command.Options.Add(option);
        return command.Does((parsed, cancellation) =>
        {
            var given = new JsonObject(options.Where(o => parsed.GetValue(o) is not null).Select(o => KeyValuePair.Create<string, JsonNode?>(o.Name[2..], ToJson(parsed.GetValue(o)!))));
            var method = SteeringMethods.Create(name, given);
            var pairs = ContrastSet.Load(parsed.GetValue(data)!);
            using var loaded = model.Load(parsed);
            var vector = ProgressBar.Over($"Fitting {name}", 2 * pairs.Pairs.Length, progress => method.Fit(loaded, pairs, progress, cancellation));
            vector.Save(parsed.GetValue(output)!);
            Report(vector, parsed.GetValue(output)!, parsed.GetValue(json));
        });
    }

    private static Option<string?> OptionOf(PropertyInfo property)
    {
        string values = property.PropertyType.IsEnum ? string.Join(", ", Enum.GetNames(property.PropertyType).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)) : property.PropertyType.Name;
        return new Option<string?>("--" + JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name)) { Description = $"An option of the method: {values}." };
    }

    // Numbers and truth values as such, everything else as text: the method's record says what it takes.
    private static JsonValue? ToJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonValue ?? JsonValue.Create(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static void Report(SteeringVector vector, string path, bool json)
    {
        if (json)
        {
            JsonOutput.Print(new JsonObject
            {
                ["file"] = path,
                ["directions"] = new JsonArray([.. vector.HookPoints.Select(p => (JsonNode)new JsonObject { ["at"] = p.ToString(), ["norm"] = vector.Norm(p), ["residualNorm"] = ResidualNorm(vector, p) })]),
                ["provenance"] = JsonNode.Parse(vector.Provenance.ToJson()),
            });
            return;
        }
        Console.Out.WriteLine($"{path}: {vector.HookPoints.Count} directions of size {vector.Dimension}");
        foreach (var point in vector.HookPoints)
            Console.Out.WriteLine(FormattableString.Invariant($"  {point}  norm {vector.Norm(point):F3}, {vector.Norm(point) / ResidualNorm(vector, point):P1} of the residual stream's"));
    }

    private static double? ResidualNorm(SteeringVector vector, HookPoint point) =>
        vector.Provenance.ResidualNorms is { } norms && norms.TryGetValue(point.ToString(), out double norm) ? norm : null;
}
