using System.Text.Json.Nodes;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>What the formats in torch files share.</summary>
internal abstract class TorchFormat : VectorFormat
{
    protected const string Extension = ".pt";

    public override IReadOnlyList<string> Extensions => [Extension];

    /// <summary>The sizes of the one bare tensor of a torch file; null for a path that is none, or a file that holds something else.</summary>
    protected static IReadOnlyList<long>? BareSizes(string path)
    {
        if (!HasExtension(path, Extension))
            return null;
        using var file = TorchFile.Load(path);
        return (file.Root as TorchTensor)?.Sizes;
    }

    /// <summary>The one bare tensor of a torch file, as F32 in memory of its own.</summary>
    protected static Tensor Bare(string path, int axes, string expected)
    {
        using var file = TorchFile.Load(path);
        return file.Root is TorchTensor tensor && tensor.Sizes.Count == axes
            ? Floats(path, "its tensor", tensor.Open())
            : throw new VectorFormatException(FileName(path), "its content", file.Root, $"expected {expected}");
    }

    /// <summary>Plain data as JSON; null for tensors, which are no metadata.</summary>
    protected static JsonNode? Node(TorchValue value) => value switch
    {
        TorchBool truth => truth.Value,
        TorchInteger number => number.Value,
        TorchNumber number => double.IsFinite(number.Value) ? number.Value : number.ToString(),
        TorchSequence sequence => new JsonArray([.. sequence.Items.Select(Node)]),
        TorchDictionary dictionary => new JsonObject(dictionary.Pairs.Select(pair => KeyValuePair.Create(Text(pair.Key), Node(pair.Value)))),
        TorchNone or TorchTensor => null,
        _ => Text(value),
    };

    protected static string Text(TorchValue value) => value is TorchText text ? text.Value : value.ToString()!;
}
