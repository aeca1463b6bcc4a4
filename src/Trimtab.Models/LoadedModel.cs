using Trimtab.Models.Adapters;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Ops;
using Trimtab.Models.Weights;

namespace Trimtab.Models;

/// <summary>
/// A model ready to run. Immutable: nothing that differs from call to call is stored in it, so any number of runs may share it. It owns the mapped
/// weight files; dispose of it when no run uses it any more.
/// </summary>
public sealed class LoadedModel : IDisposable
{
    private readonly DecoderRecipe _recipe;
    private readonly BuiltDecoder _built;
    private readonly TextAssets _text;
    private readonly Lazy<string> _fingerprint;
    private readonly bool _isView;

    internal LoadedModel(string name, string architecture, DecoderRecipe recipe, LoadOptions options, TextAssets text)
    {
        (Name, Architecture, _recipe, _built, Adapter, Backend, _text) = (name, architecture, recipe, recipe.Build(options.Adapter), options.Adapter, options.Backend, text);
        _fingerprint = new Lazy<string>(() => WeightFingerprint.Of(recipe.Weights));
    }

    private LoadedModel(LoadedModel model, DecoderRecipe recipe, BuiltDecoder built, LoraAdapter? adapter, ISteering? steering)
    {
        (Name, Architecture, Backend, _text, _fingerprint) = (model.Name, model.Architecture, model.Backend, model._text, model._fingerprint);
        (_recipe, _built, Adapter, Steering, _isView) = (recipe, built, adapter, steering, true);
    }

    /// <summary>What the model is called: its folder's or file's name, or the name that its file states.</summary>
    public string Name { get; }

    /// <summary>The architecture, as configurations name it ("LlamaForCausalLM").</summary>
    public string Architecture { get; }

    /// <summary>The file or folder it came from.</summary>
    public ModelOrigin Origin => _recipe.Origin;

    /// <summary>The sizes.</summary>
    public DecoderConfig Config => _built.Sizes;

    /// <summary>The computation.</summary>
    public Decoder Decoder => _built.Decoder;

    /// <summary>The matrix products by their names in the checkpoint: what an adapter can add to.</summary>
    public IReadOnlyList<LayerSize> Layers => _built.Layers;

    /// <summary>L, the number of blocks.</summary>
    public int LayerCount => Decoder.Blocks.Count;

    /// <summary>
    /// Identifies the weights by their content, as the files hold them; see <see cref="WeightFingerprint"/>. An adapter leaves it as it is: vectors of a model are for its
    /// fine-tuned forms as well.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>The weights under their Hugging Face names, whatever the file calls them; for inspection and conversion.</summary>
    public ITensorSource Weights => _recipe.Weights;

    /// <summary>The packed copies of the weights that passes have asked for so far.</summary>
    public WeightPacking Packing => _recipe.Packing;

    /// <summary>What computes the runs that ask for nothing else; see <see cref="LoadOptions.Backend"/>.</summary>
    public Backend Backend { get; }

    /// <summary>What quantising on load does to the weights; null where every weight keeps its precision.</summary>
    public QuantiseReport? Quantisation => Packing.Report;

    /// <summary>The edits that generations of this view are steered by; null for the model itself.</summary>
    public ISteering? Steering { get; }

    /// <summary>The adapter that adds to layers; null for none.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>The tokenizer; null where the checkpoint has none.</summary>
    public Tokenizer? Tokenizer => _text.Tokenizer;

    /// <summary>The chat template; null where the checkpoint has none.</summary>
    public ChatTemplate? ChatTemplate => _text.ChatTemplate;

    /// <summary>The generation settings that the checkpoint's author recommends, its end tokens among them.</summary>
    public GenerationOptions GenerationDefaults => _text.Generation;

    /// <summary>Every hook point of this model, from the embedding to the logits.</summary>
    public IEnumerable<HookPoint> HookPoints =>
        Decoder.Blocks.SelectMany(block => block.Widths(Config.HiddenSize).Keys.Select(site => new HookPoint(site, block.Layer)))
            .Prepend(HookPoint.Embed).Append(HookPoint.FinalNorm).Append(HookPoint.Logits);

    /// <summary>The width of the rows at a hook point; 0 where it follows the text.</summary>
    /// <exception cref="SteeringException">The model has no such hook point.</exception>
    public int WidthAt(HookPoint point)
    {
        RequireHookPoint(point);
        return point.Site switch
        {
            Site.Embed or Site.FinalNorm => Config.HiddenSize,
            Site.Logits => Config.VocabularySize,
            _ => Decoder.Blocks[point.Layer].Widths(Config.HiddenSize)[point.Site],
        };
    }

    /// <summary>Throws unless the model has the hook point.</summary>
    /// <exception cref="SteeringException">Says what there is instead.</exception>
    public void RequireHookPoint(HookPoint point)
    {
        if (point.Site.IsOutsideBlocks())
            return;
        if (point.Layer >= LayerCount)
            throw new SteeringException($"Hook point: {point} does not exist — {Name} has {LayerCount} blocks, 0 … {LayerCount - 1}.");
        var sites = Decoder.Blocks[point.Layer].Widths(Config.HiddenSize).Keys;
        if (!sites.Contains(point.Site))
            throw new SteeringException($"Hook point: {point} does not exist in {Name} — block {point.Layer} has {string.Join(", ", sites.Select(s => s.Name()))}.");
    }

    /// <summary>The same model, steered: a cheap view over the same weights. Dispose of the model, not of its views.</summary>
    public LoadedModel With(ISteering steering) => new(this, _recipe, _built, Adapter, steering);

    /// <summary>The same model with an adapter in place of one it may have: a cheap view over the same weights. Dispose of the model, not of its views.</summary>
    /// <exception cref="ModelFormatException">The adapter belongs to another model.</exception>
    public LoadedModel With(LoraAdapter adapter) => new(this, _recipe, _recipe.Build(adapter), adapter, Steering);

    /// <summary>The same model with its adapter merged into the weights, for conversion: W + scale · B A. Dispose of the model, not of its views.</summary>
    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    /// <exception cref="ModelFormatException">The adapter adds to a layer without a weight of its own.</exception>
    public LoadedModel Merged()
    {
        var adapter = Adapter ?? throw new InvalidOperationException("Merge: the model has no adapter. Load it with one (LoadOptions.Adapter).");
        var recipe = _recipe with { Weights = new MergedWeights(Weights, adapter, Layers), Packing = new WeightPacking() };
        return new LoadedModel(this, recipe, recipe.Build(), adapter: null, Steering);
    }

    /// <summary>
    /// The same computation over weights that can be trained, in F32 and memory of their own: 4 bytes for every weight, and as much again for its gradient. Passes of the view
    /// see each change of the weights.
    /// </summary>
    public LoadedModel With(TrainedWeights weights)
    {
        var recipe = _recipe with { Weights = weights };
        return new LoadedModel(this, recipe, recipe.Build(), adapter: null, Steering);
    }

    /// <summary>A number that changes where a sequence of this length is turned by other rotary frequencies than a shorter one.</summary>
    internal int LengthRegime(int length)
    {
        var hash = default(HashCode);
        foreach (var rotary in Decoder.RotaryEmbeddings)
            hash.Add(rotary.Regime(length));
        return hash.ToHashCode();
    }

    /// <summary>Gives the packed weights back and unmaps the weight files; does nothing on a view.</summary>
    public void Dispose()
    {
        if (_isView)
            return;
        Packing.Dispose();
        Weights.Dispose();
    }
}
