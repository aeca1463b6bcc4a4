using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Rotary position embedding of one head: each pair (a, b) becomes (a·cos − b·sin, b·cos + a·sin).</summary>
internal static class RotaryKernel
{
    /// <summary>Rotates the 2·cos.Length values of <paramref name="head"/> in place.</summary>
    public static void Rotate(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, RotaryPairs pairs)
    {
        int half = cos.Length;
        int firstStep = pairs == RotaryPairs.Halves ? 1 : 2;
        int partner = pairs == RotaryPairs.Halves ? half : 1;
        for (int i = 0; i < half; i++)
        {
            ref float a = ref head[i * firstStep];
            ref float b = ref head[i * firstStep + partner];
            (a, b) = (a * cos[i] - b * sin[i], b * cos[i] + a * sin[i]);
        }
    }
}
