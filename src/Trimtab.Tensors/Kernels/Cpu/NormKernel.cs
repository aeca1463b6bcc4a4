using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Norms of one row.</summary>
internal static class NormKernel
{
    /// <summary>x / √(mean(x²) + eps) · weight.</summary>
    public static void Rms(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float eps, Span<float> y)
    {
        float mean = TensorPrimitives.SumOfSquares(x) / x.Length;
        TensorPrimitives.Multiply(x, 1 / MathF.Sqrt(mean + eps), y);
        TensorPrimitives.Multiply(y, weight, y);
    }

    /// <summary>(x − mean) / √(variance + eps) · weight + bias; an empty bias is none.</summary>
    public static void Layer(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps, Span<float> y)
    {
        float mean = TensorPrimitives.Sum(x) / x.Length;
        TensorPrimitives.Subtract(x, mean, y);
        float variance = TensorPrimitives.SumOfSquares(y) / x.Length;
        TensorPrimitives.Multiply(y, 1 / MathF.Sqrt(variance + eps), y);
        TensorPrimitives.Multiply(y, weight, y);
        if (!bias.IsEmpty)
            TensorPrimitives.Add(y, bias, y);
    }
}
