using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Models.Weights;

namespace Trimtab.Models;

/// <summary>
/// A model ready to run. Immutable: nothing that differs from call to call is stored in it, so any number of runs may share it. It owns the mapped
/// weight files; dispose of it when no run uses it any more.
/// </summary>
public sealed class LoadedModel : IDisposable
{
    private readonly ITensorSource _weights;
    private readonly Lazy<string> _fingerprint;

    internal LoadedModel(string name, string architecture, DecoderConfig config, Decoder decoder, ITensorSource weights, ModelOrigin origin)
    {
        (Name, Architecture, Config, Decoder, _weights, Origin) = (name, architecture, config, decoder, weights, origin);
        _fingerprint = new Lazy<string>(() => WeightFingerprint.Of(weights));
    }

    /// <summary>What the model is called: its folder's or file's name, or the name that its file states.</summary>
    public string Name { get; }

    /// <summary>The architecture, as configurations name it ("LlamaForCausalLM").</summary>
    public string Architecture { get; }

    /// <summary>The file or folder it came from.</summary>
    public ModelOrigin Origin { get; }

    /// <summary>The sizes.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The computation.</summary>
    public Decoder Decoder { get; }

    /// <summary>L, the number of blocks.</summary>
    public int LayerCount => Decoder.Blocks.Count;

    /// <summary>Identifies the weights by their content; see <see cref="WeightFingerprint"/>.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>The weights under their Hugging Face names, whatever the file calls them; for inspection and conversion.</summary>
    public ITensorSource Weights => _weights;

    /// <summary>Every hook point of this model, from the embedding to the logits.</summary>
    public IEnumerable<HookPoint> HookPoints =>
        Decoder.Blocks.SelectMany(block => block.Sites.Order().Select(site => new HookPoint(site, block.Layer)))
            .Prepend(HookPoint.Embed).Append(HookPoint.FinalNorm).Append(HookPoint.Logits);

    /// <summary>Throws unless the model has the hook point.</summary>
    /// <exception cref="SteeringException">Says what there is instead.</exception>
    public void RequireHookPoint(HookPoint point)
    {
        if (point.Site.IsOutsideBlocks())
            return;
        if (point.Layer >= LayerCount)
            throw new SteeringException($"Hook point: {point} does not exist — {Name} has {LayerCount} blocks, 0 … {LayerCount - 1}.");
        if (!Decoder.Blocks[point.Layer].Sites.Contains(point.Site))
            throw new SteeringException($"Hook point: {point} does not exist in {Name} — block {point.Layer} has {string.Join(", ", Decoder.Blocks[point.Layer].Sites.Order().Select(s => s.Name()))}.");
    }

    /// <summary>A number that changes where a sequence of this length is turned by other rotary frequencies than a shorter one.</summary>
    internal int LengthRegime(int length)
    {
        var hash = default(HashCode);
        foreach (var rotary in Decoder.RotaryEmbeddings)
            hash.Add(rotary.Regime(length));
        return hash.ToHashCode();
    }

    /// <summary>Unmaps the weight files.</summary>
    public void Dispose() => _weights.Dispose();
}
