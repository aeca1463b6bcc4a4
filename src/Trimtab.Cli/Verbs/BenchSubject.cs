using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Cli.Verbs;

/// <summary>What of a model its speed is compared with.</summary>
internal sealed class BenchSubject(LoadedModel model)
{
    private readonly Tensor[] _weights = [.. model.Weights.Names.Select(name => model.Weights[name])];

    /// <summary>The file or folder.</summary>
    public string Path => model.Origin.Path;

    /// <summary>Architecture and the element type that weights run in: the one they are converted to, or the commonest, by bytes.</summary>
    public string Type => $"{model.Architecture} {model.Quantisation?.Type ?? _weights.GroupBy(weight => weight.DType).MaxBy(group => group.Sum(weight => weight.ByteCount))!.Key}";

    /// <summary>The bytes of all weights as stored.</summary>
    public long Bytes => _weights.Sum(weight => weight.ByteCount);

    /// <summary>The number of all weights.</summary>
    public long Parameters => _weights.Sum(weight => weight.Count);

    /// <summary>The bytes of packed weights that a step of decoding reads; null before a pass has packed them, and where experts take turns.</summary>
    public double? BytesPerStep => HasExperts || model.Packing.ByteCount == 0 ? null : model.Packing.ByteCount;

    /// <summary>The operations of all matrix products of a prompt, of which only the last token meets the head; null where experts take turns.</summary>
    public double? FlopsOfPrompt(int tokens) => HasExperts ? null : 2.0 * tokens * BlockWeights + 2.0 * HeadWeights;

    private bool HasExperts => model.HookPoints.Any(point => point.Site == Site.RouterLogits);

    private long HeadWeights => (long)model.Config.VocabularySize * model.Config.HiddenSize;

    private long BlockWeights => _weights.Where(weight => weight.Shape.Rank == 2 && weight.Shape[0] != model.Config.VocabularySize).Sum(weight => weight.Count);
}
