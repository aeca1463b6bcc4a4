using System.Numerics.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// Causal attention, one query row and head at a time in three steps that the fused and the unfused path share: scores and softmax, then the mix of values. Both
/// paths therefore give the same bits.
/// </summary>
internal static unsafe class AttentionKernel
{
    /// <summary>The probabilities of one query over keys first … position, written to <paramref name="weights"/> at those indices.</summary>
    public static void Weights(float* query, float* keys, int head, int position, in AttentionShape shape, Span<float> weights)
    {
        int first = shape.FirstKey(position);
        int keyHead = head / (shape.Heads / shape.KeyHeads);
        int stride = shape.KeyHeads * shape.KeySize;
        var visible = weights[first..(position + 1)];
        float* key = keys + (long)first * stride + keyHead * shape.KeySize;
        for (int j = 0; j < visible.Length; j++, key += stride)
            visible[j] = shape.Scale * DotKernel.Dot(query, key, shape.KeySize);
        if (shape.SoftCap > 0)
            SoftCap(visible, shape.SoftCap);
        SoftmaxKernel.Apply(visible, visible);
    }

    /// <summary>The sum of value rows under one query's probabilities.</summary>
    public static void Mix(ReadOnlySpan<float> weights, Tensor values, int head, int position, in AttentionShape shape, Span<float> output)
    {
        int first = shape.FirstKey(position);
        int start = head / (shape.Heads / shape.KeyHeads) * shape.ValueSize;
        output.Clear();
        for (int j = first; j <= position; j++)
            TensorPrimitives.FusedMultiplyAdd(values.Row(j).Slice(start, shape.ValueSize), weights[j], output, output);
    }

    /// <summary>cap · tanh(x / cap) in place.</summary>
    public static void SoftCap(Span<float> x, float cap)
    {
        TensorPrimitives.Divide(x, cap, x);
        TensorPrimitives.Tanh(x, x);
        TensorPrimitives.Multiply(x, cap, x);
    }
}
