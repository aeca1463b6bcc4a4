using System.Numerics;
using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The gradients of softmax and of the soft-cap, from their results, one row at a time; dx may be y or dy.</summary>
internal static class SoftmaxGradient
{
    /// <summary>dx = y ⊙ (dy − Σ y ⊙ dy).</summary>
    public static void Apply(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        var mean = new Vector<float>(TensorPrimitives.Dot(y, dy));
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(y[i..]) * (new Vector<float>(dy[i..]) - mean)).CopyTo(dx[i..]);
        for (; i < y.Length; i++)
            dx[i] = y[i] * (dy[i] - mean[0]);
    }

    /// <summary>dx = dy ⊙ (1 − (y / cap)²).</summary>
    public static void SoftCap(ReadOnlySpan<float> y, float cap, ReadOnlySpan<float> dy, Span<float> dx)
    {
        var (one, inverse) = (Vector<float>.One, new Vector<float>(1 / cap));
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var share = new Vector<float>(y[i..]) * inverse;
            (new Vector<float>(dy[i..]) * (one - share) * (one + share)).CopyTo(dx[i..]);
        }
        for (; i < y.Length; i++)
            dx[i] = dy[i] * (1 - y[i] * inverse[0]) * (1 + y[i] * inverse[0]);
    }
}
