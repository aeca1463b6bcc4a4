using System.Numerics;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The gradient of a rotary embedding, which is the rotation back: each pair (a, b) becomes (a·cos + b·sin, b·cos − a·sin).</summary>
internal static class RotaryGradient
{
    /// <summary>Turns the 2·cos.Length values of <paramref name="head"/> back in place.</summary>
    public static void Rotate(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, RotaryPairs pairs)
    {
        int count = cos.Length;
        if (pairs == RotaryPairs.Halves)
            RotateHalves(head[..count], head.Slice(count, count), cos, sin);
        else
            for (int i = 0; i < count; i++)
                (head[2 * i], head[2 * i + 1]) = Turn(head[2 * i], head[2 * i + 1], cos[i], sin[i]);
    }

    private static void RotateHalves(Span<float> first, Span<float> second, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        int i = 0;
        for (; i <= first.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> a = new(first[i..]), b = new(second[i..]), c = new(cos[i..]), s = new(sin[i..]);
            Vector.FusedMultiplyAdd(a, c, b * s).CopyTo(first[i..]);
            Vector.FusedMultiplyAdd(b, c, -(a * s)).CopyTo(second[i..]);
        }
        for (; i < first.Length; i++)
            (first[i], second[i]) = Turn(first[i], second[i], cos[i], sin[i]);
    }

    private static (float, float) Turn(float a, float b, float cos, float sin) => (MathF.FusedMultiplyAdd(a, cos, b * sin), MathF.FusedMultiplyAdd(b, cos, -(a * sin)));
}
