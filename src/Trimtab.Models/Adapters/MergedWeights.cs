using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Adapters;

/// <summary>
/// The weights of a model with those of an adapter added in: W + scale · B A. Adapted weights are made when they are asked for, in the element type of the file, or in BF16
/// where that is a block type: what an adapter changes is smaller than the steps of most of those.
/// </summary>
internal sealed class MergedWeights : ITensorSource
{
    private readonly ITensorSource _weights;
    private readonly Dictionary<string, (LoraLayer Layer, bool IsInputMajor)> _added;

    /// <summary>The sum.</summary>
    /// <param name="weights">The model's weights.</param>
    /// <param name="adapter">What is added.</param>
    /// <param name="layers">The model's layers, those of the adapter among them.</param>
    /// <exception cref="ModelFormatException">An adapted layer has no weight of its own.</exception>
    public MergedWeights(ITensorSource weights, LoraAdapter adapter, IReadOnlyList<LayerSize> layers)
    {
        _weights = weights;
        _added = layers.Where(layer => adapter.Layers.ContainsKey(layer.Name)).ToDictionary(layer => $"{layer.Name}.weight", layer => (adapter.Layers[layer.Name], layer.IsInputMajor));
        if (_added.Keys.FirstOrDefault(name => !weights.Contains(name)) is { } tied)
            throw new ModelFormatException($"Merge: the adapter adds to {tied}, which is another layer's weight as well (a tied head). Keep the adapter apart.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => _weights.Names;

    /// <inheritdoc/>
    public string Describe => $"{_weights.Describe}, with an adapter merged in";

    /// <inheritdoc/>
    public Tensor this[string name] => _added.TryGetValue(name, out var added) ? Merged(_weights[name], added.Layer, added.IsInputMajor) : _weights[name];

    /// <inheritdoc/>
    public bool Contains(string name) => _weights.Contains(name);

    /// <summary>The files stay the model's.</summary>
    public void Dispose()
    {
    }

    private static Tensor Merged(Tensor weight, LoraLayer layer, bool isInputMajor)
    {
        var sum = TensorOps.Dequantise(weight);
        var scaled = layer.B.Scale(layer.Scale);
        // B A is [out, in]; a weight stored as [in, out] takes it turned, Aᵀ Bᵀ.
        if (isInputMajor)
            sum.Backend.MatMulWeightGradient(layer.A, Turned(scaled), sum, add: true);
        else
            sum.Backend.MatMulUntransposed(scaled, layer.A, null, sum, add: true);
        var type = weight.DType.IsFloat() ? weight.DType : DType.BF16;
        return type == DType.F32 ? sum : RowEncoder.Quantise(sum, type);
    }

    private static Tensor Turned(Tensor x)
    {
        var y = Tensor.Zeros(new Shape(x.Columns, x.RowCount));
        for (int row = 0; row < x.RowCount; row++)
            for (int column = 0; column < x.Columns; column++)
                y.Row(column)[row] = x.Row(row)[column];
        return y;
    }
}
