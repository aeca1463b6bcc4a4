using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;

namespace Trimtab.Models.Adapters;

/// <summary>
/// A low-rank adapter: additions to some layers of a model, which stays as it is (LoRA, Hu et al. 2021). <see cref="LoadedModel.With(LoraAdapter)"/> is the model with it.
/// </summary>
public sealed class LoraAdapter
{
    internal LoraAdapter(LoraOptions options, IReadOnlyDictionary<string, LoraLayer> layers, LoraDropout? dropout = null) =>
        (Options, Layers, Dropout) = (options, layers, dropout);

    /// <summary>How it was made.</summary>
    public LoraOptions Options { get; }

    /// <summary>What it adds, by the names of the layers in the checkpoint.</summary>
    public IReadOnlyDictionary<string, LoraLayer> Layers { get; }

    /// <summary>The trained matrices, A before B, in the order of the layers; empty where the adapter is not being trained.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. Layers.Values.SelectMany(layer => new[] { layer.A.Node, layer.B.Node }).OfType<Parameter>()];

    /// <summary>Leaves inputs out during training passes; null where the adapter is not trained or nothing is left out.</summary>
    public LoraDropout? Dropout { get; }

    /// <summary>The steering plan that the adapter was trained under, as JSON; null for none.</summary>
    public string? TrainedUnderPlan { get; init; }

    /// <summary>A new adapter to be trained: A uniform within ±1/√in, as torch initialises linear layers, and B zero, so that it adds nothing yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Which layers, and how.</param>
    /// <param name="seed">Decides A.</param>
    /// <exception cref="ArgumentException">A target is no layer of the model.</exception>
    public static LoraAdapter Create(LoadedModel model, LoraOptions options, int seed)
    {
        options = Targeted(options, model);
        var random = new Random(seed);
        var layers = new Dictionary<string, LoraLayer>();
        foreach (var size in model.Layers.Where(layer => options.Selects(layer.Name)))
        {
            var a = Tensor.Zeros(new Shape(options.Rank, size.Inputs));
            float bound = 1 / MathF.Sqrt(size.Inputs);
            foreach (ref float value in a.Values)
                value = bound * (2 * random.NextSingle() - 1);
            layers.Add(size.Name, new LoraLayer(a, Tensor.Zeros(new Shape(size.Outputs, options.Rank)), options.Scale));
        }
        return new LoraAdapter(options, layers);
    }

    /// <summary>The same adapter with matrices of its own that can be trained.</summary>
    /// <param name="seed">Decides what dropout leaves out.</param>
    /// <param name="plan">The steering plan that it is trained under, as JSON; null for none.</param>
    public LoraAdapter Trained(int seed = 0, string? plan = null)
    {
        var dropout = Options.Dropout > 0 ? new LoraDropout(Options.Dropout, seed) : null;
        return new LoraAdapter(Options, Layers.ToDictionary(layer => layer.Key, layer => new LoraLayer(
            new Parameter(LoraFolder.NameOfA(layer.Key), layer.Value.A.Keep()).Value, new Parameter(LoraFolder.NameOfB(layer.Key), layer.Value.B.Keep()).Value, layer.Value.Scale, dropout)), dropout)
        {
            TrainedUnderPlan = plan,
        };
    }

    /// <summary>Reads an adapter from a folder in PEFT's format: adapter_config.json and adapter_model.safetensors.</summary>
    /// <exception cref="ModelFormatException">The configuration asks for what Trimtab does not compute, or a tensor does not fit it.</exception>
    public static LoraAdapter Load(string folder) => LoraFolder.Read(folder);

    /// <summary>Writes the adapter to a folder in PEFT's format.</summary>
    /// <param name="folder">Where; made if it does not exist.</param>
    /// <param name="baseModel">What the configuration names as the model it belongs to.</param>
    public void Save(string folder, string baseModel) => LoraFolder.Write(this, folder, baseModel);

    /// <summary>What is added to a layer; null for nothing.</summary>
    /// <exception cref="ModelFormatException">The matrices do not fit the layer.</exception>
    internal LoraLayer? Layer(string name, int inputs, int outputs)
    {
        if (!Layers.TryGetValue(name, out var layer))
            return null;
        return layer.A.Columns == inputs && layer.B.Shape[0] == outputs
            ? layer
            : throw new ModelFormatException($"LoRA: the adapter adds B {layer.B} · A {layer.A} to {name}, which has {inputs} inputs and {outputs} outputs. It belongs to another model.");
    }

    // Options whose targets are layers of the model, all of them; where none are asked for, those of its blocks.
    private static LoraOptions Targeted(LoraOptions options, LoadedModel model)
    {
        if (options.TargetPattern is null && options.Targets.Count == 0)
            return options with { Targets = LastParts(model.Layers.Where(layer => IsInBlock(layer) && !layer.IsRouter)) };
        string[] lost = options.TargetPattern is { } pattern
            ? model.Layers.Any(layer => options.Selects(layer.Name)) ? [] : [pattern]
            : [.. options.Targets.Where(target => !model.Layers.Any(layer => LoraOptions.IsNamed(layer.Name, target)))];
        return lost.Length == 0 ? options
            : throw new ArgumentException($"LoRA: no layer of {model.Name} is named by {string.Join(", ", lost.Select(target => $"'{target}'"))}. Its layers end in {string.Join(", ", LastParts(model.Layers))}.", nameof(options));
    }

    // Blocks are numbered; the head stands beside them.
    private static bool IsInBlock(LayerSize layer) => layer.Name.Split('.').Any(part => part.All(char.IsAsciiDigit));

    private static string[] LastParts(IEnumerable<LayerSize> layers) => [.. layers.Select(layer => layer.Name[(layer.Name.LastIndexOf('.') + 1)..]).Distinct()];

    /// <summary>Throws unless the model has every layer that the adapter adds to.</summary>
    internal void RequireIn(IReadOnlyList<LayerSize> layers)
    {
        if (Layers.Keys.Except(layers.Select(layer => layer.Name)).FirstOrDefault() is { } missing)
            throw new ModelFormatException($"LoRA: the adapter adds to {missing}, which the model does not have. It belongs to another model.");
    }
}
