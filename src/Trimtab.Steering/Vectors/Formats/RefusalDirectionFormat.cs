using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// refusal_direction: `direction.pt` [D] with `direction_metadata.json` {"pos", "layer"} beside it, or all candidates `mean_diffs.pt` [positions, L, D]. Its layer l is the
/// residual stream that enters block l, which is the output of block l − 1, and the embeddings for 0.
/// </summary>
internal sealed class RefusalDirectionFormat : TorchFormat
{
    private const string DirectionFile = "direction.pt", MetadataFile = "direction_metadata.json";

    public override string Name => "refusal-direction";

    public override string Summary => "refusal_direction: direction.pt with direction_metadata.json, or mean_diffs.pt [positions, blocks, size]; layers are inputs of blocks";

    public override LayerConvention? Convention => LayerConvention.BlockInput;

    internal override IReadOnlyList<string> ImportOptions => ["layer-count", "position", "model-name"];

    internal override bool Recognises(string path, VectorImportOptions options) => IsDirection(DirectionPath(path)) || BareSizes(path) is [_, _, _];

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        string direction = DirectionPath(path);
        if (IsDirection(direction))
            return ImportDirection(path, direction, options);
        if (Path.GetFileName(direction) == DirectionFile)
            throw new VectorFormatException(FileName(path), MetadataFile, "missing", "it names the layer of direction.pt and must lie beside it");
        return ImportCandidates(path, options);
    }

    private static string DirectionPath(string path) => Directory.Exists(path) ? Path.Combine(path, DirectionFile) : path;

    private static string MetadataPath(string direction) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(direction))!, MetadataFile);

    private static bool IsDirection(string path) => Path.GetFileName(path) == DirectionFile && File.Exists(path) && File.Exists(MetadataPath(path));

    private SteeringVector ImportDirection(string path, string direction, VectorImportOptions options)
    {
        if (options.Position is not null)
            throw new VectorFormatException($"{FileName(path)}: the position is fixed already. Positions are chosen from mean_diffs.pt.");
        var metadata = JsonFile.ReadObject(MetadataPath(direction));
        if (!metadata.TryGetProperty("layer", out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int layer))
            throw new VectorFormatException(MetadataFile, "\"layer\"", value.ValueKind == JsonValueKind.Undefined ? "missing" : value, "expected a whole number");
        return Imported(path, options, [(Point(path, Convention!.Value, layer, options.LayerCount), Bare(direction, 1, "one tensor [size]"))],
            Source(path, Convention!.Value, "refusal_direction", metadata));
    }

    private SteeringVector ImportCandidates(string path, VectorImportOptions options)
    {
        var candidates = Bare(path, 3, "one tensor [positions, blocks, size]");
        var (positions, layers) = (candidates.Shape[0], candidates.Shape[1]);
        CheckLayerCount(path, options, layers);
        int position = options.Position ?? throw new VectorFormatException($"{FileName(path)}: it holds {positions} positions, and a vector is of one. Give the position, −1 (last token) to −{positions}.");
        if (position >= 0 || position < -positions)
            throw new VectorFormatException(FileName(path), "the position given", position, $"positions count from the end, −1 to −{positions}");
        var rows = candidates.At(positions + position);
        return Imported(path, options with { LayerCount = layers }, Enumerable.Range(0, layers).Select(l => (Convention!.Value.PointOf(l, layers), rows.At(l))),
            Source(path, Convention!.Value, "refusal_direction", ForeignMetadata.Of(FileName(path), () => [new("pos", position)])));
    }
}
