using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>
/// y = x · Wᵀ + b. The one place where a weight's precision matters: everything above sees F32 in and F32 out, whatever the file holds.
/// </summary>
/// <param name="weight">[out, in], or [in, out] where <paramref name="inputMajor"/>; any element type.</param>
/// <param name="bias">[out] F32, or null.</param>
/// <param name="inputMajor">True for weights stored as [in, out], as GPT-2 does.</param>
public sealed class Linear(Tensor weight, Tensor? bias = null, bool inputMajor = false)
{
    /// <summary>The weight as stored.</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>The bias, or null.</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>The size of a row that goes in.</summary>
    public int InputSize => inputMajor ? Weight.Shape[0] : Weight.Shape[1];

    /// <summary>The size of a row that comes out.</summary>
    public int OutputSize => inputMajor ? Weight.Shape[1] : Weight.Shape[0];

    /// <summary>x [T, in] → [T, out].</summary>
    public Tensor Forward(Tensor x) => inputMajor ? x.MatMulUntransposed(Weight, Bias) : x.MatMul(Weight, Bias);

    /// <summary>The layer that computes outputs <paramref name="start"/> … start + count − 1 alone, over the same memory.</summary>
    public Linear Outputs(int start, int count) => inputMajor
        ? throw new InvalidOperationException("Linear: outputs of a weight stored as [in, out] are not consecutive in memory.")
        : new Linear(Weight.Slice(start, count), Bias?.Slice(start, count));
}
