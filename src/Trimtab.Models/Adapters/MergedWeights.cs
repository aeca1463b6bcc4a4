using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Adapters;

/// <summary>
/// The weights of a model with those of an adapter added in: W + scale · B A. Adapted weights are made when they are asked for, in the element type of the file, or in BF16
/// where that is a block type: what an adapter changes is smaller than the steps of most of those.
/// </summary>
/// <param name="weights">The model's weights.</param>
/// <param name="adapter">What is added.</param>
internal sealed class MergedWeights(ITensorSource weights, LoraAdapter adapter) : ITensorSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names => weights.Names;

    /// <inheritdoc/>
    public string Describe => $"{weights.Describe}, with an adapter merged in";

    /// <inheritdoc/>
    public Tensor this[string name] => adapter.Layers.TryGetValue(LayerOf(name), out var layer) ? Merged(name, weights[name], layer) : weights[name];

    /// <inheritdoc/>
    public bool Contains(string name) => weights.Contains(name);

    /// <summary>The files stay the model's.</summary>
    public void Dispose()
    {
    }

    /// <summary>Throws unless every adapted layer has a weight of its own.</summary>
    public MergedWeights Checked()
    {
        if (adapter.Layers.Keys.FirstOrDefault(layer => !weights.Contains($"{layer}.weight")) is { } tied)
            throw new ModelFormatException($"Merge: the adapter adds to {tied}, whose weight is another layer's as well (a tied head). Keep the adapter apart.");
        return this;
    }

    private static string LayerOf(string name) => name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name;

    private static Tensor Merged(string name, Tensor weight, LoraLayer layer)
    {
        var sum = TensorOps.Dequantise(weight);
        // B A is [out, in]; weights stored as [in, out] take it turned.
        var (left, right) = (layer.B.Scale(layer.Scale), layer.A);
        if (weight.Shape == new Shape(layer.B.Shape[0], layer.A.Columns))
            sum.Backend.MatMulUntransposed(left, right, null, sum, add: true);
        else if (weight.Shape == new Shape(layer.A.Columns, layer.B.Shape[0]))
            sum.Backend.MatMulWeightGradient(right, Turned(left), sum, add: true);
        else
            throw new ModelFormatException($"Merge: {name} is {weight}, and the adapter adds B {layer.B} · A {layer.A}. It belongs to another model.");
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
