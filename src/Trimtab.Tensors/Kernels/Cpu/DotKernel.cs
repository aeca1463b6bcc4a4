using System.Numerics;
using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// Inner products of rows, several at a time. Every product is summed in one accumulator in the same order, whatever tile it falls into, so the
/// result of a row does not depend on its neighbours.
/// </summary>
internal static unsafe class DotKernel
{
    /// <summary>How many weight rows a tile covers.</summary>
    public const int TileRows = 4;

    /// <summary>y[t·yStride + n] = x[t] · w[n] for n &lt; 4 and all T rows of x. The four weight rows lie at w0 … w3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourRows(float* x, int rows, int k, float* w0, float* w1, float* w2, float* w3, float* y, int yStride)
    {
        int t = 0;
        for (; t <= rows - 2; t += 2)
            FourByTwo(x + (long)t * k, k, w0, w1, w2, w3, y + (long)t * yStride, y + (long)(t + 1) * yStride);
        if (t < rows)
            FourByOne(x + (long)t * k, k, w0, w1, w2, w3, y + (long)t * yStride);
    }

    /// <summary>x · w over k values, in the order that the tiles use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* w, int k)
    {
        var sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= k - Vector<float>.Count; i += Vector<float>.Count)
            sum = Vector.FusedMultiplyAdd(Vector.Load(x + i), Vector.Load(w + i), sum);
        return Vector.Sum(sum) + Tail(x, w, i, k);
    }

    private static void FourByTwo(float* x, int k, float* w0, float* w1, float* w2, float* w3, float* y0, float* y1)
    {
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        float* z = x + k;
        int i = 0;
        for (; i <= k - Vector<float>.Count; i += Vector<float>.Count)
        {
            var p = Vector.Load(x + i);
            var q = Vector.Load(z + i);
            var w = Vector.Load(w0 + i);
            a0 = Vector.FusedMultiplyAdd(p, w, a0);
            b0 = Vector.FusedMultiplyAdd(q, w, b0);
            w = Vector.Load(w1 + i);
            a1 = Vector.FusedMultiplyAdd(p, w, a1);
            b1 = Vector.FusedMultiplyAdd(q, w, b1);
            w = Vector.Load(w2 + i);
            a2 = Vector.FusedMultiplyAdd(p, w, a2);
            b2 = Vector.FusedMultiplyAdd(q, w, b2);
            w = Vector.Load(w3 + i);
            a3 = Vector.FusedMultiplyAdd(p, w, a3);
            b3 = Vector.FusedMultiplyAdd(q, w, b3);
        }
        y0[0] = Vector.Sum(a0) + Tail(x, w0, i, k);
        y0[1] = Vector.Sum(a1) + Tail(x, w1, i, k);
        y0[2] = Vector.Sum(a2) + Tail(x, w2, i, k);
        y0[3] = Vector.Sum(a3) + Tail(x, w3, i, k);
        y1[0] = Vector.Sum(b0) + Tail(z, w0, i, k);
        y1[1] = Vector.Sum(b1) + Tail(z, w1, i, k);
        y1[2] = Vector.Sum(b2) + Tail(z, w2, i, k);
        y1[3] = Vector.Sum(b3) + Tail(z, w3, i, k);
    }

    private static void FourByOne(float* x, int k, float* w0, float* w1, float* w2, float* w3, float* y)
    {
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default;
        int i = 0;
        for (; i <= k - Vector<float>.Count; i += Vector<float>.Count)
        {
            var p = Vector.Load(x + i);
            a0 = Vector.FusedMultiplyAdd(p, Vector.Load(w0 + i), a0);
            a1 = Vector.FusedMultiplyAdd(p, Vector.Load(w1 + i), a1);
            a2 = Vector.FusedMultiplyAdd(p, Vector.Load(w2 + i), a2);
            a3 = Vector.FusedMultiplyAdd(p, Vector.Load(w3 + i), a3);
        }
        y[0] = Vector.Sum(a0) + Tail(x, w0, i, k);
        y[1] = Vector.Sum(a1) + Tail(x, w1, i, k);
        y[2] = Vector.Sum(a2) + Tail(x, w2, i, k);
        y[3] = Vector.Sum(a3) + Tail(x, w3, i, k);
    }

    private static float Tail(float* x, float* w, int start, int k)
    {
        float sum = 0;
        for (int i = start; i < k; i++)
            sum = MathF.FusedMultiplyAdd(x[i], w[i], sum);
        return sum;
    }
}
