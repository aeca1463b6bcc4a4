using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>
/// The file of a <see cref="SteeringVector"/>: safetensors; every tensor is a direction [D] F32 named by its hook point; the metadata holds exactly `format`,
/// `version` and `provenance` (JSON).
/// </summary>
internal static class VectorFile
{
    public const string Format = "trimtab-vector";

    private const string Version = "1";

    public static SteeringVector Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        string name = Path.GetFileName(path);
        var provenance = ReadMetadata(name, file.Metadata);
        // The element type is looked at before a tensor is opened, so that types which cannot be opened get the same message.
        foreach (var entry in file.Entries)
            if (entry.Type != DType.F32 || entry.Shape.Count != 1)
                throw new VectorFormatException(name, $"tensor '{entry.Name}'", entry, "expected one axis of F32 values");
        return SteeringVector.FromDirections(file.Names.Select(tensor => (VectorPoints.Parse(tensor, name), file[tensor])), provenance, name);
    }

    public static void Save(SteeringVector vector, string path) =>
        SafetensorsFile.Write(path, vector.HookPoints.Select(point => (point.ToString(), vector[point])), new Dictionary<string, string>
        {
            ["format"] = Format,
            ["version"] = Version,
            ["provenance"] = vector.Provenance.ToJson(),
        });

    private static Provenance ReadMetadata(string name, IReadOnlyDictionary<string, string> metadata)
    {
        string format = metadata.GetValueOrDefault("format", "missing");
        if (format != Format)
            throw new VectorFormatException(name, "metadata 'format'", format, $"expected {Format}; import files of other tools instead");
        string version = metadata.GetValueOrDefault("version", "missing");
        if (version != Version)
            throw new VectorFormatException(name, "metadata 'version'", version, $"version {Version} is read; a newer tool wrote this file");
        foreach (string key in metadata.Keys)
            if (key is not ("format" or "version" or "provenance"))
                throw new VectorFormatException(name, "metadata", $"'{key}'", "expected format, version and provenance only");
        if (!metadata.TryGetValue("provenance", out string? json))
            throw new VectorFormatException(name, "metadata 'provenance'", "missing", "a vector without its origin cannot be checked against a model");
        try
        {
            return Provenance.FromJson(json);
        }
        catch (VectorFormatException cause)
        {
            throw new VectorFormatException($"{name}: {cause.Message}", cause);
        }
    }
}
