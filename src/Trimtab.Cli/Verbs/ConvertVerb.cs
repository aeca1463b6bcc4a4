using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Gguf;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab convert: between vector formats, and between model formats.</summary>
internal static class ConvertVerb
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "A model folder or .gguf file, or a vector file or folder." };
        var output = new Option<string>("--output", "-o") { Description = "The file to write: a model to .gguf or to a folder, a vector to .safetensors, .gguf, .pt or .svec.", Required = true };
        var from = new Option<string?>("--from") { Description = $"The format of a vector, where the file does not show it: {FormatNames(f => true)}." };
        var to = new Option<string?>("--to") { Description = $"The format of the vector to write, where the ending does not tell it: {FormatNames(f => f.CanExport)}." };
        var convention = new Option<string?>("--convention") { Description = "How the file numbers layers, where its producer cannot be told: block_output, block_input, hs_index or llama_cpp_generator." };
        var layer = new Option<int?>("--layer") { Description = "The layer of a vector file that holds one direction without saying where." };
        var layers = new Option<int?>("--layers") { Description = "How many blocks the vector's model has, where the file does not say." };
        var incremental = new Option<bool>("--incremental") { Description = "Write what each block adds to the vector's direction before it: steering by that at all blocks with one raw coefficient adds up to the vector." };
        var type = new Option<string?>("--type") { Description = $"The element type of a model's matrices: {ElementTypes.Names(ElementTypes.OfFiles)}; by default as stored." };
        var adapter = new Option<string?>("--adapter") { Description = "A LoRA adapter to merge into the model's weights: a folder in PEFT's format." };
        var measure = new Option<string?>("--measure")
        {
            Description = "Run the model and what it was converted to over a text file (of ids, where there is no tokenizer), or over a short text of Trimtab's own, and report how far their probabilities lie apart.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = CommonOptions.Json();
        return new Command("convert", "Converts a vector or a model to another format, naming the convention.") { input, output, from, to, convention, layer, layers, incremental, type, adapter, measure, json }.Does((parsed, cancellation) =>
        {
            string source = parsed.GetValue(input)!, target = parsed.GetValue(output)!;
            bool isModel = IsModel(source);
            // What belongs to the other kind would have no effect.
            if ((isModel ? (Option[])[from, to, convention, layer, layers, incremental] : [type, adapter, measure]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } foreign)
                throw new ArgumentException($"{foreign.Name}: {source} is a {(isModel ? "model" : "vector")}, and the option is for {(isModel ? "vectors" : "models")}. Leave it away.");
            var report = isModel
                ? ConvertModel(source, target, parsed.GetValue(type), parsed.GetValue(adapter), parsed.GetResult(measure) is { Implicit: false } ? new MeasuredText(parsed.GetValue(measure)) : null, cancellation)
                : ConvertVector(source, target, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(incremental), new VectorImportOptions
                {
                    Convention = parsed.GetValue(convention) is { } name ? LayerConventions.Parse(name) : null,
                    Layer = parsed.GetValue(layer),
                    LayerCount = parsed.GetValue(layers),
                });
            if (parsed.GetValue(json))
                JsonOutput.Print(report);
            else
                foreach (var (member, value) in report)
                    Console.Out.WriteLine($"{member,-12} {string.Join("\n             ", Lines(value))}");
        });
    }

    private static IEnumerable<string> Lines(JsonNode? value) => value switch
    {
        JsonArray list => list.Select(item => item!.ToString()),
        JsonObject members => members.Where(member => member.Value is not null).Select(member => $"{member.Key} {Shown(member.Value!)}"),
        _ => [$"{value}"],
    };

    private static string Shown(JsonNode value) => value is JsonValue single && single.TryGetValue(out double number) ? number.ToString("G6", CultureInfo.InvariantCulture) : value.ToString();

    private static bool IsModel(string path)
    {
        if (Directory.Exists(path))
            return File.Exists(Path.Combine(path, "config.json"));
        if (!path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || !File.Exists(path))
            return false;
        using var file = Trimtab.Tensors.Files.GgufFile.Open(path);
        return !(file.Metadata.TryGetValue("general.architecture", out object? architecture) && architecture is "controlvector" or "steeringvector");
    }

    private static JsonObject ConvertModel(string source, string target, string? type, string? adapter, MeasuredText? measured, CancellationToken cancellation)
    {
        using var loaded = ModelLoader.Load(source, new LoadOptions { Adapter = adapter is null ? null : LoraAdapter.Load(adapter) });
        var model = adapter is null ? loaded : loaded.Merged();
        var options = new ConversionOptions { Type = type is null ? null : ElementTypes.Parse("--type", type, ElementTypes.OfFiles) };
        bool toGguf = target.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        var report = ProgressBar.Over("Converting", 1, _ => toGguf ? ModelConverter.ToGguf(model, target, options) : ModelConverter.ToFolder(model, target, options));
        var document = new JsonObject
        {
            ["file"] = report.Path,
            ["types"] = JsonOutput.Of(report.ElementTypes.Select(t => $"{t.Value} × {t.Key}")),
            ["notes"] = JsonOutput.Of(report.Notes),
        };
        if (measured is not null)
            document["measure"] = measured.Compare(model, target, cancellation);
        return document;
    }

    private static JsonObject ConvertVector(string source, string target, string? from, string? to, bool incremental, VectorImportOptions options)
    {
        var vector = VectorFormats.Import(source, from, options);
        var report = VectorFormats.Export(incremental ? vector.Incremental() : vector, target, to);
        return new JsonObject
        {
            ["file"] = target,
            ["convention"] = vector.Provenance.ImportedFrom is { } imported ? $"{imported.Format}, {imported.Convention.Name()}" : "Trimtab's own: the output of block L",
            ["written"] = JsonOutput.Of(report.Written.Select(p => p.ToString())),
            ["omitted"] = JsonOutput.Of(report.Omitted.Select(o => o.ToString())),
            ["notes"] = JsonOutput.Of(report.Notes),
        };
    }

    private static string FormatNames(Func<VectorFormat, bool> which) => string.Join(", ", VectorFormats.All.Where(which).Select(f => f.Name));
}
