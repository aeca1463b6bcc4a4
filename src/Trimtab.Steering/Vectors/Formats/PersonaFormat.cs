using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// persona_vectors: one tensor [L + 1, D], row k the difference at index k of the hidden states. Row 0 becomes `embed`, row k the output of block k − 1. The last row
/// was measured after the final norm, so it becomes `final_norm`, never the output of the last block; that output is not in such a file.
/// </summary>
internal sealed class PersonaFormat : TorchFormat
{
    private const string Ending = "_diff.pt";

    public override string Name => "persona";

    public override string Summary => "persona_vectors: one tensor [blocks + 1, size], rows are indices of the hidden states";

    public override LayerConvention? Convention => LayerConvention.HiddenStatesIndex;

    public override bool CanExport => true;

    internal override IReadOnlyList<string> ImportOptions => ["layer-count", "model-name"];

    /// <summary>Names end in _diff.pt in that project; other names fit too, but then a tensor [L, D] of another tool looks the same.</summary>
    internal static bool IsNamed(string path) => path.EndsWith(Ending, StringComparison.Ordinal);

    internal override bool Recognises(string path, VectorImportOptions options) =>
        BareSizes(path) is [var rows, _] && (IsNamed(path) || options.LayerCount is null || options.LayerCount == rows - 1);

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        var rows = Bare(path, 2, "one tensor [blocks + 1, size]");
        int layers = rows.Shape[0] - 1;
        if (layers < 1)
            throw new VectorFormatException(FileName(path), "its tensor", rows, "expected at least two rows, for the embeddings and one block");
        CheckLayerCount(path, options, layers);
        return Imported(path, options with { LayerCount = layers }, Enumerable.Range(0, layers + 1).Select(k => (Convention!.Value.PointOf(k, layers), rows.At(k))),
            Source(path, Convention!.Value, "persona_vectors"));
    }

    internal override VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options)
    {
        int layers = vector.Provenance.LayerCount ?? options.LayerCount
            ?? throw new VectorFormatException($"Export: {vector.Name} does not know how many blocks its model has, and the format has a row for each. Give the layer count.");
        var rows = Tensor.Zeros(new Shape(layers + 1, vector.Dimension));
        var points = Enumerable.Range(0, layers + 1).Select(k => Convention!.Value.PointOf(k, layers)).ToList();
        var empty = Enumerable.Range(0, layers + 1).Where(k => !vector.Has(points[k])).ToList();
        var report = VectorExportReport.Plan(vector, Name, point => points.Contains(point) ? null : point == HookPoint.ResidPost(layers - 1)
            ? "the last row is the residual stream after the final norm, so the output of the last block has no row"
            : "the format holds hidden states only", empty.Count > 0 ? [$"rows without a direction are zero: {string.Join(", ", empty)}"] : []);
        foreach (var point in report.Written)
            vector[point].Values.CopyTo(rows.Row(points.IndexOf(point)));
        TorchTensorFile.Write(path, rows);
        return report;
    }
}
