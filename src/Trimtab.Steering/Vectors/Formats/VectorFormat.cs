using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>A file format of steering vectors: its own description, and the code that reads and writes it. <see cref="VectorFormats"/> lists them all.</summary>
public abstract class VectorFormat
{
    private protected VectorFormat() { }

    /// <summary>The name that commands and provenance use.</summary>
    public abstract string Name { get; }

    /// <summary>What the format is and who writes it, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>The endings of its files, with the dot; empty for a folder.</summary>
    public abstract IReadOnlyList<string> Extensions { get; }

    /// <summary>How it numbers layers; null where the file's marks or the caller decide.</summary>
    public abstract LayerConvention? Convention { get; }

    /// <summary>Whether vectors can be written in it. All formats can be read.</summary>
    public virtual bool CanExport => false;

    /// <summary>The import options that mean something here, by name; others are refused.</summary>
    internal virtual IReadOnlyList<string> ImportOptions => [];

    /// <summary>Whether a file or folder looks like one of this format. May throw what a damaged file makes its reader throw.</summary>
    internal abstract bool Recognises(string path, VectorImportOptions options);

    internal abstract SteeringVector Import(string path, VectorImportOptions options);

    internal virtual VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options) =>
        throw new VectorFormatException($"Export: {Name} can be read but not written. Formats that can be written: {string.Join(", ", VectorFormats.All.Where(f => f.CanExport).Select(f => f.Name))}.");

    /// <summary>The vector of an import: with the size and what else is certain as its provenance.</summary>
    private protected static SteeringVector Imported(string path, VectorImportOptions options, IEnumerable<(HookPoint Point, Tensor Direction)> directions, ImportSource source, Provenance? known = null)
    {
        var list = directions.ToList();
        if (list.Count == 0)
            throw new VectorFormatException($"{FileName(path)}: there is no direction — a vector has at least one.");
        return SteeringVector.FromDirections(list, (known ?? new Provenance()) with
        {
            ModelName = options.ModelName ?? known?.ModelName,
            HiddenSize = known?.HiddenSize ?? (list[0].Direction.Columns is > 0 and var size ? size : null),
            LayerCount = known?.LayerCount ?? options.LayerCount,
            ImportedFrom = source,
        }, FileName(path));
    }

    private protected ImportSource Source(string path, LayerConvention convention, string? producer = null, JsonElement? metadata = null) =>
        new(Name, FileName(path), convention) { Producer = producer, Metadata = metadata };

    /// <summary>The values as F32, whatever floating-point type the file stores them in.</summary>
    private protected static Tensor Floats(string path, string what, Tensor tensor) => tensor.DType is DType.F32 or DType.F64 or DType.F16 or DType.BF16
        ? TensorOps.Dequantise(tensor)
        : throw new VectorFormatException(FileName(path), what, tensor, "expected floating-point values");

    /// <summary>A layer number as files write it: digits without a sign or leading zeros, so that no layer has two spellings.</summary>
    private protected static int Label(string path, string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int label) && (text == "0" || text[0] != '0')
            ? label
            : throw new VectorFormatException(FileName(path), "a layer number", $"'{text}'", "expected a whole number from 0, without leading zeros");

    /// <summary>The hook point of a label; where there is none, the message names the file.</summary>
    private protected static HookPoint Point(string path, LayerConvention convention, int label, int? layerCount)
    {
        try
        {
            return convention.PointOf(label, layerCount);
        }
        catch (VectorFormatException cause)
        {
            throw new VectorFormatException($"{FileName(path)}: {cause.Message}", cause);
        }
    }

    private protected static void CheckLayerCount(string path, VectorImportOptions options, int found)
    {
        if (options.LayerCount is { } given && given != found)
            throw new VectorFormatException(FileName(path), "the layer count given", given, $"the file is of a model with {found} blocks");
    }

    private protected static bool HasExtension(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    private protected static string FileName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}
