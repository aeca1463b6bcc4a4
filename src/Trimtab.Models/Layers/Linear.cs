using Trimtab.Models.Adapters;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>
/// y = x · Wᵀ + b, and what an adapter adds. The one place where a weight's precision matters: everything above sees F32 in and F32 out, whatever the file holds. A frozen
/// weight is packed for products when the first row comes; until then it is only the pages of its file. A trained one changes with every step, so it is laid out
/// while it is multiplied.
/// </summary>
/// <param name="name">Which layer of the checkpoint, and which of its outputs; layers of one name and packing share the packed weight.</param>
/// <param name="weight">[out, in], or [in, out] where <paramref name="inputMajor"/>; any element type, F32 where it is trained.</param>
/// <param name="bias">[out] F32, or null.</param>
/// <param name="inputMajor">True for weights stored as [in, out], as GPT-2 does.</param>
/// <param name="packing">Owns the packed weight.</param>
/// <param name="adapter">Adds to the outputs; null for none.</param>
public sealed class Linear(LayerName name, Tensor weight, Tensor? bias, bool inputMajor, WeightPacking packing, LoraLayer? adapter = null)
{
    private volatile PackedWeight? _packed;

    /// <summary>The weight as stored.</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>The bias, or null.</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>The size of a row that goes in.</summary>
    public int InputSize => inputMajor ? Weight.Shape[0] : Weight.Shape[1];

    /// <summary>The size of a row that comes out.</summary>
    public int OutputSize => inputMajor ? Weight.Shape[1] : Weight.Shape[0];

    private bool IsTrained => Weight.WantsGradient;

    /// <summary>x [T, in] → [T, out].</summary>
    public Tensor Forward(Tensor x)
    {
        var y = !IsTrained ? x.MatMul(Packed(x.Backend), Bias) : inputMajor ? x.MatMulUntransposed(Weight, Bias) : x.MatMul(Weight, Bias);
        return Adapted(x, y);
    }

    /// <summary>Two layers of the same rows, as one piece of work.</summary>
    public static (Tensor First, Tensor Second) Forward(Tensor x, Linear first, Linear second)
    {
        if (first.IsTrained || second.IsTrained)
            return (first.Forward(x), second.Forward(x));
        var (a, b) = (first.ProductOf(x), second.ProductOf(x));
        x.Backend.MatMul(x, a, b);
        return (first.Adapted(x, a.Output), second.Adapted(x, b.Output));
    }

    /// <summary>Three layers of the same rows, as one piece of work.</summary>
    public static (Tensor First, Tensor Second, Tensor Third) Forward(Tensor x, Linear first, Linear second, Linear third)
    {
        if (first.IsTrained || second.IsTrained || third.IsTrained)
            return (first.Forward(x), second.Forward(x), third.Forward(x));
        var (a, b, c) = (first.ProductOf(x), second.ProductOf(x), third.ProductOf(x));
        x.Backend.MatMul(x, a, b, c);
        return (first.Adapted(x, a.Output), second.Adapted(x, b.Output), third.Adapted(x, c.Output));
    }

    /// <summary>The layer that computes outputs <paramref name="start"/> … start + count − 1 alone, over the same memory.</summary>
    public Linear Outputs(int start, int count) => inputMajor
        ? throw new InvalidOperationException("Linear: outputs of a weight stored as [in, out] are not consecutive in memory.")
        : new Linear(name with { FirstOutput = start }, Weight.Slice(start, count), Bias?.Slice(start, count), inputMajor, packing, adapter?.Outputs(start, count));

    private Tensor Adapted(Tensor x, Tensor y) => adapter is null ? y : y.Add(adapter.Forward(x));

    private Product ProductOf(Tensor x) => x.ProductWith(Packed(x.Backend), Bias);

    private PackedWeight Packed(Backend backend) => _packed ??= packing.Pack(name, Weight, inputMajor, backend);
}

/// <summary>Which layer of a checkpoint, by its name there without ".weight", and from which output on.</summary>
/// <param name="Name">Such as "model.layers.0.self_attn.q_proj".</param>
/// <param name="FirstOutput">Not 0 where a layer is a part of a stored one.</param>
public readonly record struct LayerName(string Name, int FirstOutput = 0);
