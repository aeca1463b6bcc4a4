using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The cross-entropy of one row of logits with one token, and its gradient.</summary>
internal static class CrossEntropyKernel
{
    /// <summary>Logits at a time: a vocabulary is read through the nearest cache in pieces of these, once for the largest and once for the exponentials.</summary>
    public const int Block = 4096;

    /// <summary>log Σ e^logit − logit[target].</summary>
    /// <param name="logits">A row.</param>
    /// <param name="target">The token's place in it.</param>
    /// <param name="scratch">Room for a block.</param>
    public static float Loss(ReadOnlySpan<float> logits, int target, Span<float> scratch)
    {
        float largest = TensorPrimitives.Max(logits);
        double sum = 0;
        for (int start = 0; start < logits.Length; start += Block)
            sum += Exponentials(logits.Slice(start, Math.Min(Block, logits.Length - start)), largest, scratch);
        return (float)(Math.Log(sum) - ((double)logits[target] - largest));
    }

    /// <summary>The same, with gradient = scale · (softmax − 1 at the target); the gradient may lie where the logits do.</summary>
    public static float Gradient(ReadOnlySpan<float> logits, int target, float scale, Span<float> gradient)
    {
        float largest = TensorPrimitives.Max(logits);
        double aim = (double)logits[target] - largest, sum = 0;
        for (int start = 0; start < logits.Length; start += Block)
        {
            int count = Math.Min(Block, logits.Length - start);
            sum += Exponentials(logits.Slice(start, count), largest, gradient.Slice(start, count));
        }
        TensorPrimitives.Multiply(gradient, (float)(scale / sum), gradient);
        gradient[target] -= scale;
        return (float)(Math.Log(sum) - aim);
    }

    private static float Exponentials(ReadOnlySpan<float> logits, float largest, Span<float> target)
    {
        target = target[..logits.Length];
        TensorPrimitives.Subtract(logits, largest, target);
        TensorPrimitives.Exp(target, target);
        return TensorPrimitives.Sum<float>(target);
    }
}
