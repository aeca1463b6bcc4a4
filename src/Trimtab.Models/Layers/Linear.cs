using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>
/// y = x · Wᵀ + b. The one place where a weight's precision matters: everything above sees F32 in and F32 out, whatever the file holds. The weight is packed for
/// products when the first row comes; until then it is only the pages of its file.
/// </summary>
/// <param name="weight">[out, in], or [in, out] where <paramref name="inputMajor"/>; any element type.</param>
/// <param name="bias">[out] F32, or null.</param>
/// <param name="inputMajor">True for weights stored as [in, out], as GPT-2 does.</param>
/// <param name="packing">Owns the packed copy; null for a layer that belongs to no model.</param>
/// <param name="type">The element type that the weight is converted to when it is packed; null for the stored one.</param>
public sealed class Linear(Tensor weight, Tensor? bias = null, bool inputMajor = false, WeightPacking? packing = null, DType? type = null)
{
    private readonly Lock _lock = new();
    private volatile PackedWeight? _packed;

    /// <summary>The weight as stored.</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>The bias, or null.</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>The size of a row that goes in.</summary>
    public int InputSize => inputMajor ? Weight.Shape[0] : Weight.Shape[1];

    /// <summary>The size of a row that comes out.</summary>
    public int OutputSize => inputMajor ? Weight.Shape[1] : Weight.Shape[0];

    /// <summary>x [T, in] → [T, out].</summary>
    public Tensor Forward(Tensor x) => x.MatMul(Packed(x.Backend), Bias);

    /// <summary>Two layers of the same rows, as one piece of work.</summary>
    public static (Tensor First, Tensor Second) Forward(Tensor x, Linear first, Linear second)
    {
        var (a, b) = (first.ProductOf(x), second.ProductOf(x));
        x.Backend.MatMul(x, a, b);
        return (a.Output, b.Output);
    }

    /// <summary>Three layers of the same rows, as one piece of work.</summary>
    public static (Tensor First, Tensor Second, Tensor Third) Forward(Tensor x, Linear first, Linear second, Linear third)
    {
        var (a, b, c) = (first.ProductOf(x), second.ProductOf(x), third.ProductOf(x));
        x.Backend.MatMul(x, a, b, c);
        return (a.Output, b.Output, c.Output);
    }

    /// <summary>The layer that computes outputs <paramref name="start"/> … start + count − 1 alone, over the same memory.</summary>
    public Linear Outputs(int start, int count) => inputMajor
        ? throw new InvalidOperationException("Linear: outputs of a weight stored as [in, out] are not consecutive in memory.")
        : new Linear(Weight.Slice(start, count), Bias?.Slice(start, count), packing: packing, type: type);

    private Product ProductOf(Tensor x) => x.ProductWith(Packed(x.Backend), Bias);

    private PackedWeight Packed(Backend backend)
    {
        if (_packed is { } packed)
            return packed;
        lock (_lock)
            return _packed ??= packing?.Pack(Weight, inputMajor, type, backend) ?? backend.Pack(Weight, inputMajor, type);
    }
}
