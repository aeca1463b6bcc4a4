using System.Globalization;
using System.Text.RegularExpressions;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// CAA, STA and EasyEdit2: one tensor [D] per layer in a file of its own, the output of the block that the name says; a folder of them, or one. A file whose name says no
/// layer needs the layer and its numbering from the caller.
/// </summary>
internal sealed partial class LayerFilesFormat : TorchFormat
{
    public override string Name => "layer-files";

    public override string Summary => "CAA, STA, EasyEdit2: one tensor per layer and file (vec_layer_14_model.pt, 14.pt, layer_14.pt), or a folder of them";

    public override LayerConvention? Convention => null;

    public override bool CanExport => true;

    internal override IReadOnlyList<string> ImportOptions => ["convention", "layer", "layer-count", "model-name"];

    internal override bool Recognises(string path, VectorImportOptions options) => Directory.Exists(path)
        ? Files(path).Count > 0 && !File.Exists(Path.Combine(path, "direction_metadata.json"))
        : BareSizes(path) is [_] && !VectorFormats.Find("refusal-direction").Recognises(path, options);

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        bool isFolder = Directory.Exists(path);
        if (isFolder && options.Layer is not null)
            throw new VectorFormatException($"{FileName(path)}: a layer was given for a folder, whose files name theirs. Give it with a single file.");
        var files = isFolder ? Files(path) : [path];
        if (files.Count == 0)
            throw new VectorFormatException($"{FileName(path)}: the folder holds no .pt file.");
        // What all accepted names mean, unless the caller knows better.
        var convention = options.Convention ?? LayerConvention.BlockOutput;
        return Imported(path, options, [.. files.Select(file => (Point(file, convention, LayerOf(file, options), options.LayerCount), Bare(file, 1, "one tensor [size]")))], Source(path, convention));
    }

    internal override VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options)
    {
        var report = VectorExportReport.Plan(vector, Name, VectorExportReport.OnlyBlockOutputs);
        if (File.Exists(path) || Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new VectorFormatException($"Export: {path} exists and is no empty folder — the files of two vectors would mix. Name a new folder.");
        Directory.CreateDirectory(path);
        foreach (var point in report.Written)
            TorchTensorFile.Write(Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"layer_{point.Layer}.pt")), vector[point]);
        return report;
    }

    private static List<string> Files(string folder) => [.. Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal)];

    private static int LayerOf(string file, VectorImportOptions options)
    {
        var match = LayerInName().Match(Path.GetFileNameWithoutExtension(file));
        if (match.Success)
        {
            int named = Label(file, match.Groups["layer"].Value);
            return options.Layer is null || options.Layer == named ? named : throw new VectorFormatException(FileName(file), "the layer given", options.Layer, $"its name says {named}");
        }
        if (options is { Layer: { } layer, Convention: not null })
            return layer;
        throw new VectorFormatException(FileName(file), "its name", "without a layer in a known form", $"expected vec_layer_14_model.pt, 14.pt or layer_14.pt. Give the layer and its convention: {LayerConventions.Choices}");
    }

    [GeneratedRegex(@"^((vec_)?layer_(?<layer>\d+)(_.*)?|(?<layer>\d+)|.+_sae_layer(?<layer>\d+)_resid_post_.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex LayerInName();
}
