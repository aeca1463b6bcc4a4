using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab merge: one vector of several.</summary>
internal static class MergeVerb
{
    public static Command Create()
    {
        var vectors = new Argument<string[]>("vectors") { Description = "The vector files.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output", "-o") { Description = "The vector file to write (.safetensors).", Required = true };
        var method = new Option<string>("--method") { Description = $"How: {string.Join(", ", VectorMerge.Methods.Keys)}.", DefaultValueFactory = _ => "linear" };
        var weights = Numbers("--weights", "The weights of the vectors, separated by commas; 1 each where not given.");
        var density = Numbers("--density", "For ties and dare-ties, the share of values that stay, above 0 … 1: one for all vectors, or one for each, separated by commas.");
        var seed = new Option<int?>("--seed") { Description = "For dare-ties, the seed of what stays; 0 where not given." };
        var json = CommonOptions.Json();
        return new Command("merge", "Merges steering vectors into one.") { vectors, output, method, weights, density, seed, json }.Does((parsed, _) =>
        {
            string name = parsed.GetValue(method)!;
            if (!VectorMerge.Methods.TryGetValue(name, out var chosen))
                throw new ArgumentException($"--method: '{name}' is not known. Known are {string.Join(", ", VectorMerge.Methods.Keys)}.");
            if (chosen != MergeMethod.DareTies && parsed.GetValue(seed) is not null)
                throw new ArgumentException($"--seed: {name} draws nothing, so a seed would have no effect. Leave it away.");
            var merged = VectorMerge.Merge([.. parsed.GetValue(vectors)!.Select(SteeringVector.Load)], new MergeOptions
            {
                Method = chosen,
                Weights = [.. parsed.GetValue(weights) ?? []],
                Densities = [.. parsed.GetValue(density) ?? []],
                Seed = parsed.GetValue(seed) ?? 0,
            });
            merged.Save(parsed.GetValue(output)!);
            Report(merged, parsed.GetValue(output)!, parsed.GetValue(json));
        });
    }

    private static void Report(SteeringVector merged, string path, bool json)
    {
        if (!json)
        {
            Console.Out.WriteLine($"{path}: {merged.HookPoints.Count} directions of size {merged.Dimension}");
            foreach (var point in merged.HookPoints)
                Console.Out.WriteLine(FormattableString.Invariant($"  {point}  norm {merged.Norm(point):F3}"));
            return;
        }
        JsonOutput.Print(new JsonObject
        {
            ["file"] = path,
            ["directions"] = new JsonArray([.. merged.HookPoints.Select(p => (JsonNode)new JsonObject { ["at"] = p.ToString(), ["norm"] = merged.Norm(p) })]),
            ["provenance"] = JsonNode.Parse(merged.Provenance.ToJson()),
        });
    }

    private static Option<float[]?> Numbers(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = argument => Parse(name, argument),
    };

    private static float[]? Parse(string name, ArgumentResult argument)
    {
        var numbers = new List<float>();
        foreach (string part in argument.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
            {
                argument.AddError($"{name}: '{part}' is no number. Write numbers separated by commas.");
                return null;
            }
            numbers.Add(number);
        }
        return [.. numbers];
    }
}
