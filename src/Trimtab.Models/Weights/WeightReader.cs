using System.Globalization;
using Trimtab.Models.Adapters;
using Trimtab.Models.Layers;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Weights;

/// <summary>
/// Takes a checkpoint's tensors by name, checks their sizes, and notes which were taken, so that those which nobody asked for can be refused at the end. A
/// reader for a <see cref="Scope(string)"/> puts a prefix before every name.
/// </summary>
public sealed class WeightReader
{
    private readonly ITensorSource _source;
    private readonly HashSet<string> _taken;
    private readonly string _prefix;
    private readonly WeightPacking _packing;
    private readonly LoraAdapter? _adapter;
    private readonly List<LayerSize> _layers;

    /// <summary>A reader of all tensors of a source.</summary>
    /// <param name="source">The tensors.</param>
    /// <param name="packing">Packs the weights of the layers that are read, and owns the packed ones.</param>
    /// <param name="adapter">Adds to the outputs of the layers that it names; null for none.</param>
    public WeightReader(ITensorSource source, WeightPacking packing, LoraAdapter? adapter = null) : this(source, packing, adapter, [], [], "") { }

    private WeightReader(ITensorSource source, WeightPacking packing, LoraAdapter? adapter, HashSet<string> taken, List<LayerSize> layers, string prefix) =>
        (_source, _packing, _adapter, _taken, _layers, _prefix) = (source, packing, adapter, taken, layers, prefix);

    /// <summary>The layers that were read so far, in their order.</summary>
    public IReadOnlyList<LayerSize> Layers => _layers;

    /// <summary>The reader of the tensors whose names begin with <paramref name="name"/> and a dot.</summary>
    public WeightReader Scope(string name) => name.Length == 0 ? this : new(_source, _packing, _adapter, _taken, _layers, $"{_prefix}{name}.");

    /// <summary>The reader of element <paramref name="index"/> of a list of modules.</summary>
    public WeightReader Scope(string name, int index) => Scope(string.Create(CultureInfo.InvariantCulture, $"{name}.{index}"));

    /// <summary>The reader under the first of the given names that has the tensor; published checkpoints disagree about outer prefixes.</summary>
    public WeightReader ScopeWith(string tensor, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (Scope(name).Has(tensor))
                return Scope(name);
        throw Scope(names[0]).Missing(tensor);
    }

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => _source.Contains(_prefix + name);

    /// <summary>A tensor of exactly these sizes, as stored.</summary>
    /// <remarks>The sizes are products of what a stranger's configuration says, so they are 64 bits wide.</remarks>
    public Tensor Take(string name, params ReadOnlySpan<long> sizes)
    {
        if (!Has(name))
            throw Missing(name);
        _taken.Add(_prefix + name);
        var tensor = _source[_prefix + name];
        bool fits = tensor.Shape.Rank == sizes.Length;
        for (int axis = 0; fits && axis < sizes.Length; axis++)
            fits = tensor.Shape[axis] == sizes[axis];
        if (!fits)
            throw new ModelFormatException($"{_source.Describe}: the tensor {_prefix}{name} is {tensor} — the configuration asks for [{string.Join(", ", sizes.ToArray())}].");
        return tensor.DType.IsFloat() || tensor.DType.IsQuantised()
            ? tensor
            : throw new ModelFormatException($"{_source.Describe}: the tensor {_prefix}{name} is {tensor} — weights must be of a float or block type. The file may be quantised in a way that Trimtab does not read.");
    }

    /// <summary>A vector in F32, whatever it is stored in: vectors are small and kernels want to add and multiply with them.</summary>
    public Tensor Vector(string name, long size)
    {
        var tensor = Take(name, size);
        return tensor.DType == DType.F32 ? tensor : TensorOps.Dequantise(tensor.Reshape(new Shape(1, tensor.Columns))).Reshape(tensor.Shape);
    }

    /// <summary>The layer of `name.weight` [out, in] and, where asked for, `name.bias` [out].</summary>
    public Linear Linear(string name, long outputs, long inputs, bool bias = false) =>
        Layer(name, Take($"{name}.weight", outputs, inputs), bias ? Vector($"{name}.bias", outputs) : null);

    /// <summary>The layer of `name.weight` whose outputs decide which experts a token uses. It is small, and keeps its precision when a model is quantised on load.</summary>
    public Linear Router(string name, long experts, long inputs) => Layer(name, Take($"{name}.weight", experts, inputs), null, isRouter: true);

    /// <summary>The layer `name` whose weight is a tensor that was taken already, such as the embeddings of a model that ties its head to them.</summary>
    public Linear Linear(string name, Tensor weight) => Layer(name, weight, null);

    /// <summary>The layer of `name.weight` stored as [in, out], and `name.bias`.</summary>
    public Linear InputMajorLinear(string name, long outputs, long inputs) =>
        Layer(name, Take($"{name}.weight", inputs, outputs), Vector($"{name}.bias", outputs), inputMajor: true);

    /// <summary>The root-mean-square norm of `name.weight`; where <paramref name="plusOne"/>, the stored weight is the distance from 1 (Gemma).</summary>
    public RmsNorm RmsNorm(string name, long size, float eps, bool plusOne = false) => new(Vector($"{name}.weight", size), eps, plusOne);

    /// <summary>The layer norm of `name.weight` and `name.bias`.</summary>
    public LayerNorm LayerNorm(string name, long size, float eps) => new(Vector($"{name}.weight", size), Vector($"{name}.bias", size), eps);

    /// <summary>The gated feed-forward of three layers without bias.</summary>
    public GatedMlp GatedMlp(long inputs, long hidden, Activation activation, bool bias = false, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
        new(Linear(gate, hidden, inputs, bias), Linear(up, hidden, inputs, bias), Linear(down, inputs, hidden, bias), activation);

    /// <summary>Refuses the checkpoint if it holds tensors that were not taken and that <paramref name="mayIgnore"/> does not name.</summary>
    /// <exception cref="ModelFormatException">Names the first few such tensors.</exception>
    public void RequireAllTaken(Func<string, bool> mayIgnore)
    {
        string[] unknown = [.. _source.Names.Where(name => !_taken.Contains(name) && !mayIgnore(name)).Take(4)];
        if (unknown.Length > 0)
            throw new ModelFormatException($"{_source.Describe}: the tensor {unknown[0]} has no place in this architecture{(unknown.Length > 1 ? $" (nor have {string.Join(", ", unknown[1..])})" : "")}. The configuration may belong to another checkpoint.");
    }

    private Linear Layer(string name, Tensor weight, Tensor? bias, bool inputMajor = false, bool isRouter = false)
    {
        string layer = _prefix + name;
        int inputs = weight.Shape[inputMajor ? 0 : 1], outputs = weight.Shape[inputMajor ? 1 : 0];
        _packing.Decide(layer, weight, inputs, isRouter);
        _layers.Add(new LayerSize(layer, inputs, outputs, inputMajor, isRouter));
        return new Linear(new LayerName(layer), weight, bias, inputMajor, _packing, _adapter?.Layer(layer, inputs, outputs));
    }

    private ModelFormatException Missing(string name) => new($"{_source.Describe}: the tensor {_prefix}{name} is missing, and the configuration asks for it.");
}
