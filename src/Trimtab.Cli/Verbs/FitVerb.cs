using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab fit METHOD: a steering vector by any registered method; each method's options are those of its record. Beside them, fit condition searches a gate's threshold.</summary>
internal static class FitVerb
{
    public static Command Create()
    {
        var command = new Command("fit", "Fits a steering vector to contrasting answers, or to what a prompt does; or a gate to prompts.") { FitConditionVerb.Create() };
        foreach (var (name, type) in SteeringMethods.All.OrderBy(m => m.Key, StringComparer.Ordinal))
            command.Subcommands.Add(CreateFor(name, type));
        return command;
    }

    private static Command CreateFor(string name, Type type)
    {
        var (model, json, data) = (new ModelOptions(), CommonOptions.Json(), new ContrastOptions());
        var output = new Option<string>("--output", "-o") { Description = "The vector file to write (.safetensors).", Required = true };
        Option<string?>[] options = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(OptionOf)];
        var command = new Command(name, $"Fits by {name}{(type.GetCustomAttribute<SteeringMethodAttribute>()!.Paper is { } paper ? $" ({paper})" : "")}.") { model, output, json };
        data.AddTo(command);
        foreach (var option in options)
            command.Options.Add(option);
        return command.Does((parsed, cancellation) =>
        {
            data.Check(parsed);
            var given = new JsonObject(options.Where(o => Given(parsed, o) is not null).Select(o => KeyValuePair.Create<string, JsonNode?>(o.Name[2..], ToJson(Given(parsed, o)!))));
            var method = SteeringMethods.Create(name, given);
            using var loaded = model.Load(parsed);
            var pairs = data.Read(parsed, loaded, FormOf(method), cancellation);
            var vector = ProgressBar.Over($"Fitting {name}", 2 * pairs.Pairs.Length, progress => method.Fit(loaded, pairs, progress, cancellation));
            vector.Save(parsed.GetValue(output)!);
            int unread = pairs.Pairs.Length - (vector.Provenance.ExampleCount ?? pairs.Pairs.Length);
            if (unread > 0)
                Console.Error.WriteLine($"{unread} of {pairs.Pairs.Length} pairs are left out — one of their texts has no token to read");
            Report(vector, parsed.GetValue(output)!, pairs.Problems.Length + unread, parsed.GetValue(json));
        });
    }

    private static Option<string?> OptionOf(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        string values = type.IsEnum ? string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)) : type == typeof(bool) ? "true where nothing follows it" : type.Name;
        return new Option<string?>("--" + JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name))
        {
            Description = $"An option of the method: {values}.", Arity = type == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
    }

    // A truth value may stand alone.
    private static string? Given(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not { } result ? null : result.Tokens.Count == 0 ? "true" : parsed.GetValue(option);

    private static PromptForm FormOf(ISteeringMethod method) =>
        SteeringMethods.OptionsOf(method)["form"]?.GetValue<string>() == "raw" ? PromptForm.Raw : PromptForm.Chat;

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

    private static void Report(SteeringVector vector, string path, int leftOut, bool json)
    {
        if (json)
        {
            JsonOutput.Print(new JsonObject
            {
                ["file"] = path,
                ["directions"] = new JsonArray([.. vector.HookPoints.Select(p => (JsonNode)new JsonObject { ["at"] = p.ToString(), ["norm"] = vector.Norm(p), ["residualNorm"] = ResidualNorm(vector, p) })]),
                ["leftOut"] = leftOut,
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
