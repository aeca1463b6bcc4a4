using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>This library's own file, which loses nothing.</summary>
internal sealed class TrimtabFormat : VectorFormat
{
    public override string Name => "trimtab";

    public override string Summary => "safetensors with hook points as tensor names and the provenance as metadata";

    public override IReadOnlyList<string> Extensions => [".safetensors"];

    public override LayerConvention? Convention => LayerConvention.BlockOutput;

    public override bool CanExport => true;

    internal override bool Recognises(string path, VectorImportOptions options)
    {
        if (!HasExtension(path, ".safetensors"))
            return false;
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.GetValueOrDefault("format") == VectorFile.Format;
    }

    internal override SteeringVector Import(string path, VectorImportOptions options) => SteeringVector.Load(path);

    internal override VectorExportReport Export(SteeringVector vector, string path, VectorExportOptions options)
    {
        vector.Save(path);
        return new VectorExportReport(vector.HookPoints, [], []);
    }
}
