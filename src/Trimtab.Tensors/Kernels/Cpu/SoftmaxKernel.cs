using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The softmax of one row.</summary>
internal static class SoftmaxKernel
{
    /// <summary>y = e^(x − max) / Σ e^(x − max); y may be x. TensorPrimitives.SoftMax leaves the maximum out and overflows to NaN from values of 89 on.</summary>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y)
    {
        TensorPrimitives.Subtract(x, TensorPrimitives.Max(x), y);
        TensorPrimitives.Exp(y, y);
        TensorPrimitives.Divide(y, TensorPrimitives.Sum<float>(y), y);
    }
}
