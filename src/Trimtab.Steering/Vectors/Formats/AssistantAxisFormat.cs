using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>assistant-axis: a tensor [L, D], row l the output of block l; bare, or the only tensor of a dictionary whose other members are kept as metadata.</summary>
internal sealed class AssistantAxisFormat : TorchFormat
{
    public override string Name => "assistant-axis";

    public override string Summary => "assistant-axis: one tensor [blocks, size], rows are outputs of blocks";

    public override LayerConvention? Convention => LayerConvention.BlockOutput;

    internal override IReadOnlyList<string> ImportOptions => ["layer-count", "model-name"];

    internal override bool Recognises(string path, VectorImportOptions options)
    {
        if (!HasExtension(path, Extension) || PersonaFormat.IsNamed(path))
            return false;
        using var file = TorchFile.Load(path);
        return file.Root switch
        {
            TorchTensor { Sizes: [var rows, _] } => options.LayerCount is null || options.LayerCount == rows,
            TorchDictionary dictionary => dictionary.Pairs.Where(pair => pair.Value is TorchTensor).Select(pair => ((TorchTensor)pair.Value).Sizes).ToArray() is [[_, _]],
            _ => false,
        };
    }

    internal override SteeringVector Import(string path, VectorImportOptions options)
    {
        using var file = TorchFile.Load(path);
        (TorchTensor tensor, JsonElement? metadata) = file.Root switch
        {
            TorchTensor bare => (bare, null),
            TorchDictionary dictionary => (OnlyTensor(path, dictionary, file), Others(path, dictionary)),
            var other => throw new VectorFormatException(FileName(path), "its content", other, "expected a tensor [blocks, size] or a dictionary with one"),
        };
        if (tensor.Sizes is not [> 0, _])
            throw new VectorFormatException(FileName(path), "its tensor", tensor, "expected [blocks, size]");
        var rows = Floats(path, "its tensor", tensor.Open());
        CheckLayerCount(path, options, rows.Shape[0]);
        return Imported(path, options with { LayerCount = rows.Shape[0] }, Enumerable.Range(0, rows.Shape[0]).Select(l => (HookPoint.ResidPost(l), rows.At(l))),
            Source(path, Convention!.Value, "assistant-axis", metadata));
    }

    private static TorchTensor OnlyTensor(string path, TorchDictionary dictionary, TorchFile file) =>
        file.Names.Count == 1 && dictionary.Pairs.Select(pair => pair.Value).OfType<TorchTensor>().FirstOrDefault() is { } only
            ? only
            : throw new VectorFormatException(FileName(path), "the tensors of its dictionary", string.Join(", ", file.Names.Take(10)), "expected exactly one, [blocks, size]");

    private static JsonElement? Others(string path, TorchDictionary dictionary) => ForeignMetadata.Of(FileName(path), () =>
        dictionary.Pairs.Where(pair => pair.Value is not TorchTensor).Select(pair => KeyValuePair.Create(Text(pair.Key), Node(pair.Value))));
}
