using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The gradients of norms, one row at a time. With x̂ the normed row and g = dy ⊙ weight, both are r · (g − what of it only moves the row's length or mean).</summary>
internal static class NormGradient
{
    /// <summary>Writes dx and adds to dweight, where that is not empty.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">The norm's weight.</param>
    /// <param name="eps">As in the norm.</param>
    /// <param name="dy">The gradient of its result.</param>
    /// <param name="dx">Must overlap none of the others.</param>
    /// <param name="dweight">Empty, or as long as the row.</param>
    /// <param name="normed">Room for a row.</param>
    public static void Rms(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float eps, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> normed)
    {
        float scale = 1 / MathF.Sqrt(TensorPrimitives.SumOfSquares(x) / x.Length + eps);
        TensorPrimitives.Multiply(x, scale, normed);
        TensorPrimitives.Multiply(dy, weight, dx);
        float share = TensorPrimitives.Dot<float>(dx, normed) / x.Length;
        AddProduct(dy, normed, dweight);
        TensorPrimitives.MultiplyAdd(normed, -share, dx, dx);
        TensorPrimitives.Multiply(dx, scale, dx);
    }

    /// <summary>The same for the layer norm, whose mean takes its part; dbias may be empty too.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">The norm's weight.</param>
    /// <param name="eps">As in the norm.</param>
    /// <param name="dy">The gradient of its result.</param>
    /// <param name="dx">Must overlap none of the others.</param>
    /// <param name="dweight">Empty, or as long as the row.</param>
    /// <param name="dbias">Empty, or as long as the row.</param>
    /// <param name="normed">Room for a row.</param>
    public static void Layer(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float eps, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias, Span<float> normed)
    {
        TensorPrimitives.Subtract(x, TensorPrimitives.Sum(x) / x.Length, normed);
        float scale = 1 / MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(normed) / x.Length + eps);
        TensorPrimitives.Multiply(normed, scale, normed);
        TensorPrimitives.Multiply(dy, weight, dx);
        float mean = TensorPrimitives.Sum<float>(dx) / x.Length, share = TensorPrimitives.Dot<float>(dx, normed) / x.Length;
        AddProduct(dy, normed, dweight);
        if (!dbias.IsEmpty)
            TensorPrimitives.Add(dy, dbias, dbias);
        TensorPrimitives.Subtract(dx, mean, dx);
        TensorPrimitives.MultiplyAdd(normed, -share, dx, dx);
        TensorPrimitives.Multiply(dx, scale, dx);
    }

    private static void AddProduct(ReadOnlySpan<float> dy, ReadOnlySpan<float> normed, Span<float> dweight)
    {
        if (!dweight.IsEmpty)
            TensorPrimitives.FusedMultiplyAdd(dy, normed, dweight, dweight);
    }
}
