using Trimtab.Tensors.Files;
using System.Globalization;
using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// CAST (.svec): JSON {"model_type", "directions": {"L": [D numbers]}, "explained_variances": {"L": number}}. L is the output of block L, where the direction was
/// measured; the tool itself then applies it at the input of block L, one block earlier, so its own results are those of a steer at L − 1.
/// </summary>
internal sealed class CastFormat : VectorFormat
{
    private const string ModelType = "model_type", Directions = "directions", Variances = "explained_variances";

    public override string Name => "cast";

    public override string Summary => "CAST (.svec): JSON of directions, keyed by the block at whose output they were measured";

    public override IReadOnlyList<string> Extensions => [".svec"];

    public override LayerConvention? Convention => LayerConvention.BlockOutput;

    public override bool CanExport => true;

    internal override IReadOnlyList<string> ImportOptions => ["layer-count", "model-name"];

    internal override bool Recognises(string path, VectorImportOptions options) => HasExtension(path, ".svec");

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        var root = JsonFile.ReadObject(path);
        foreach (var member in root.EnumerateObject())
            if (member.Name is not (ModelType or Directions or Variances))
                throw new VectorFormatException(FileName(path), "a member", $"'{member.Name}'", $"expected {ModelType}, {Directions} and {Variances} only");
        if (!root.TryGetProperty(Directions, out var directions) || directions.ValueKind != JsonValueKind.Object)
            throw new VectorFormatException(FileName(path), Directions, directions.ValueKind, "expected an object of layers");
        var metadata = ForeignMetadata.Of(FileName(path), () => root.EnumerateObject().Where(member => member.Name != Directions)
            .Select(member => KeyValuePair.Create(member.Name, JsonSerializer.SerializeToNode(member.Value))));
        return Imported(path, options, directions.EnumerateObject().Select(layer => (Point(path, Convention!.Value, Label(path, layer.Name), options.LayerCount), Numbers(path, layer))),
            Source(path, Convention!.Value, "CAST", metadata));
    }

    internal override VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options)
    {
        var report = VectorExportReport.Plan(vector, Name, VectorExportReport.OnlyBlockOutputs, "CAST applies key L at the input of block L: configure it one layer later to steer where the direction was measured");
        string hint = GgufFormat.ModelHint(vector, options);
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartObject();
            json.WriteString(ModelType, hint);
            json.WriteStartObject(Directions);
            foreach (var point in report.Written)
                WriteLayer(json, point, vector[point]);
            json.WriteEndObject();
            json.WriteStartObject(Variances);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return report;
    }

    private static void WriteLayer(Utf8JsonWriter json, HookPoint point, Tensor direction)
    {
        json.WriteStartArray(point.Layer.ToString(CultureInfo.InvariantCulture));
        foreach (float value in direction.Values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static Tensor Numbers(string path, JsonProperty layer)
    {
        if (layer.Value.ValueKind != JsonValueKind.Array || layer.Value.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.Number))
            throw new VectorFormatException(FileName(path), $"layer '{layer.Name}'", layer.Value.ValueKind, "expected an array of numbers");
        return Tensor.From([.. layer.Value.EnumerateArray().Select(value => value.GetSingle())]);
    }
}
