using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        for (int i = pairs == RotaryPairs.Halves ? RotateHalves(head, cos, sin) : RotateNeighbours(head, cos, sin); i < half; i++)
        {
            ref float a = ref head[i * firstStep];
            ref float b = ref head[i * firstStep + partner];
            (a, b) = (a * cos[i] - b * sin[i], b * cos[i] + a * sin[i]);
        }
    }

    // Both return how many pairs are done; the last few are left.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int RotateHalves(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var second = head[cos.Length..];
        int i = 0;
        for (; i <= cos.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> a = Vector256.Create<float>(head[i..]), b = Vector256.Create<float>(second[i..]);
            Vector256<float> c = Vector256.Create(cos[i..]), s = Vector256.Create(sin[i..]);
            (a * c - b * s).CopyTo(head[i..]);
            (b * c + a * s).CopyTo(second[i..]);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int RotateNeighbours(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var (twice, swapped) = (Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
        var signs = Vector256.Create(-1f, 1, -1, 1, -1, 1, -1, 1);
        int i = 0;
        for (; i <= cos.Length - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            var pairs = Vector256.Create<float>(head[(2 * i)..]);
            var c = Vector256.Shuffle(Vector128.Create(cos[i..]).ToVector256(), twice);
            var s = Vector256.Shuffle(Vector128.Create(sin[i..]).ToVector256(), twice) * signs;
            (pairs * c + Vector256.Shuffle(pairs, swapped) * s).CopyTo(head[(2 * i)..]);
        }
        return i;
    }
}
