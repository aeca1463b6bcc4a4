using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// The matrix product of attention: a few rows times panels of 16 columns, C[r, 0 … 15] = or += Σₖ A[r, k] · B[k, 0 … 15]. Every output is one chain of fused
/// multiply-adds in ascending k, whatever the rows and panels beside it, so a row's result does not depend on its neighbours.
/// </summary>
internal static unsafe class TileKernel
{
    /// <summary>The rows that fill the registers.</summary>
    public const int Rows = 6;

    private const int Width = 16;

    /// <summary>C = A · B, or C += A · B where <paramref name="add"/>: A [rows, count], each panel of B [count, 16], C [rows, 16 · panels]; strides in singles.</summary>
    public static void Multiply(float* a, long aStride, int rows, float* b, long bStride, long panelStride, int panels, int count, float* c, long cStride, bool add)
    {
        if (rows == 1)
            for (; panels >= 4; panels -= 4, b += 4 * panelStride, c += 4 * Width)
                OneByFour(a, b, bStride, panelStride, count, c, add);
        for (; panels > 0; panels--, b += panelStride, c += Width)
            Multiply(a, aStride, rows, b, bStride, count, c, cStride, add);
    }

    private static void Multiply(float* a, long aStride, int rows, float* b, long bStride, int count, float* c, long cStride, bool add)
    {
        while (rows > 0)
        {
            // 7 and 8 rows (one query of several heads) go as 4 and the rest: a lone row would wait for its own sums.
            int taken = rows switch { 5 => 3, 7 or 8 => 4, > Rows => Rows, _ => rows };
            switch (taken)
            {
                case 6: Six(a, aStride, b, bStride, count, c, cStride, add); break;
                case 4: Four(a, aStride, b, bStride, count, c, cStride, add); break;
                case 3: Three(a, aStride, b, bStride, count, c, cStride, add); break;
                case 2: Two(a, aStride, b, bStride, count, c, cStride, add); break;
                default: One(a, b, bStride, count, c, add); break;
            }
            rows -= taken;
            a += taken * aStride;
            c += taken * cStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(float* a, long aStride, float* b, long bStride, int count, float* c, long cStride, bool add)
    {
        Vector256<float> l0 = default, h0 = default, l1 = default, h1 = default, l2 = default, h2 = default, l3 = default, h3 = default, l4 = default, h4 = default, l5 = default, h5 = default;
        if (add)
        {
            Load(c, out l0, out h0);
            Load(c + cStride, out l1, out h1);
            Load(c + 2 * cStride, out l2, out h2);
            Load(c + 3 * cStride, out l3, out h3);
            Load(c + 4 * cStride, out l4, out h4);
            Load(c + 5 * cStride, out l5, out h5);
        }
        float* a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride, a4 = a3 + aStride, a5 = a4 + aStride;
        for (long k = 0; k < count; k++, b += bStride)
        {
            var low = Vector256.Load(b);
            var high = Vector256.Load(b + 8);
            var x = Vector256.Create(a[k]);
            l0 = Vector256.FusedMultiplyAdd(x, low, l0);
            h0 = Vector256.FusedMultiplyAdd(x, high, h0);
            x = Vector256.Create(a1[k]);
            l1 = Vector256.FusedMultiplyAdd(x, low, l1);
            h1 = Vector256.FusedMultiplyAdd(x, high, h1);
            x = Vector256.Create(a2[k]);
            l2 = Vector256.FusedMultiplyAdd(x, low, l2);
            h2 = Vector256.FusedMultiplyAdd(x, high, h2);
            x = Vector256.Create(a3[k]);
            l3 = Vector256.FusedMultiplyAdd(x, low, l3);
            h3 = Vector256.FusedMultiplyAdd(x, high, h3);
            x = Vector256.Create(a4[k]);
            l4 = Vector256.FusedMultiplyAdd(x, low, l4);
            h4 = Vector256.FusedMultiplyAdd(x, high, h4);
            x = Vector256.Create(a5[k]);
            l5 = Vector256.FusedMultiplyAdd(x, low, l5);
            h5 = Vector256.FusedMultiplyAdd(x, high, h5);
        }
        Store(c, l0, h0);
        Store(c + cStride, l1, h1);
        Store(c + 2 * cStride, l2, h2);
        Store(c + 3 * cStride, l3, h3);
        Store(c + 4 * cStride, l4, h4);
        Store(c + 5 * cStride, l5, h5);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* a, long aStride, float* b, long bStride, int count, float* c, long cStride, bool add)
    {
        Vector256<float> l0 = default, h0 = default, l1 = default, h1 = default, l2 = default, h2 = default, l3 = default, h3 = default;
        if (add)
        {
            Load(c, out l0, out h0);
            Load(c + cStride, out l1, out h1);
            Load(c + 2 * cStride, out l2, out h2);
            Load(c + 3 * cStride, out l3, out h3);
        }
        float* a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
        for (long k = 0; k < count; k++, b += bStride)
        {
            var low = Vector256.Load(b);
            var high = Vector256.Load(b + 8);
            var x = Vector256.Create(a[k]);
            l0 = Vector256.FusedMultiplyAdd(x, low, l0);
            h0 = Vector256.FusedMultiplyAdd(x, high, h0);
            x = Vector256.Create(a1[k]);
            l1 = Vector256.FusedMultiplyAdd(x, low, l1);
            h1 = Vector256.FusedMultiplyAdd(x, high, h1);
            x = Vector256.Create(a2[k]);
            l2 = Vector256.FusedMultiplyAdd(x, low, l2);
            h2 = Vector256.FusedMultiplyAdd(x, high, h2);
            x = Vector256.Create(a3[k]);
            l3 = Vector256.FusedMultiplyAdd(x, low, l3);
            h3 = Vector256.FusedMultiplyAdd(x, high, h3);
        }
        Store(c, l0, h0);
        Store(c + cStride, l1, h1);
        Store(c + 2 * cStride, l2, h2);
        Store(c + 3 * cStride, l3, h3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(float* a, long aStride, float* b, long bStride, int count, float* c, long cStride, bool add)
    {
        Vector256<float> l0 = default, h0 = default, l1 = default, h1 = default, l2 = default, h2 = default;
        if (add)
        {
            Load(c, out l0, out h0);
            Load(c + cStride, out l1, out h1);
            Load(c + 2 * cStride, out l2, out h2);
        }
        float* a1 = a + aStride, a2 = a1 + aStride;
        for (long k = 0; k < count; k++, b += bStride)
        {
            var low = Vector256.Load(b);
            var high = Vector256.Load(b + 8);
            var x = Vector256.Create(a[k]);
            l0 = Vector256.FusedMultiplyAdd(x, low, l0);
            h0 = Vector256.FusedMultiplyAdd(x, high, h0);
            x = Vector256.Create(a1[k]);
            l1 = Vector256.FusedMultiplyAdd(x, low, l1);
            h1 = Vector256.FusedMultiplyAdd(x, high, h1);
            x = Vector256.Create(a2[k]);
            l2 = Vector256.FusedMultiplyAdd(x, low, l2);
            h2 = Vector256.FusedMultiplyAdd(x, high, h2);
        }
        Store(c, l0, h0);
        Store(c + cStride, l1, h1);
        Store(c + 2 * cStride, l2, h2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* a, long aStride, float* b, long bStride, int count, float* c, long cStride, bool add)
    {
        Vector256<float> l0 = default, h0 = default, l1 = default, h1 = default;
        if (add)
        {
            Load(c, out l0, out h0);
            Load(c + cStride, out l1, out h1);
        }
        float* a1 = a + aStride;
        for (long k = 0; k < count; k++, b += bStride)
        {
            var low = Vector256.Load(b);
            var high = Vector256.Load(b + 8);
            var x = Vector256.Create(a[k]);
            l0 = Vector256.FusedMultiplyAdd(x, low, l0);
            h0 = Vector256.FusedMultiplyAdd(x, high, h0);
            x = Vector256.Create(a1[k]);
            l1 = Vector256.FusedMultiplyAdd(x, low, l1);
            h1 = Vector256.FusedMultiplyAdd(x, high, h1);
        }
        Store(c, l0, h0);
        Store(c + cStride, l1, h1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, float* b, long bStride, int count, float* c, bool add)
    {
        Vector256<float> low = default, high = default;
        if (add)
            Load(c, out low, out high);
        for (long k = 0; k < count; k++, b += bStride)
        {
            var x = Vector256.Create(a[k]);
            low = Vector256.FusedMultiplyAdd(x, Vector256.Load(b), low);
            high = Vector256.FusedMultiplyAdd(x, Vector256.Load(b + 8), high);
        }
        Store(c, low, high);
    }

    // Eight sums at once, where one row would leave the multipliers idle.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour(float* a, float* b, long bStride, long panelStride, int count, float* c, bool add)
    {
        Vector256<float> l0 = default, h0 = default, l1 = default, h1 = default, l2 = default, h2 = default, l3 = default, h3 = default;
        if (add)
        {
            Load(c, out l0, out h0);
            Load(c + Width, out l1, out h1);
            Load(c + 2 * Width, out l2, out h2);
            Load(c + 3 * Width, out l3, out h3);
        }
        float* b1 = b + panelStride, b2 = b1 + panelStride, b3 = b2 + panelStride;
        for (long k = 0; k < count; k++)
        {
            var x = Vector256.Create(a[k]);
            l0 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b), l0);
            h0 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b + 8), h0);
            l1 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b1), l1);
            h1 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b1 + 8), h1);
            l2 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b2), l2);
            h2 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b2 + 8), h2);
            l3 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b3), l3);
            h3 = Vector256.FusedMultiplyAdd(x, Vector256.Load(b3 + 8), h3);
            b += bStride;
            b1 += bStride;
            b2 += bStride;
            b3 += bStride;
        }
        Store(c, l0, h0);
        Store(c + Width, l1, h1);
        Store(c + 2 * Width, l2, h2);
        Store(c + 3 * Width, l3, h3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* c, out Vector256<float> low, out Vector256<float> high) => (low, high) = (Vector256.Load(c), Vector256.Load(c + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> low, Vector256<float> high)
    {
        low.Store(c);
        high.Store(c + 8);
    }
}
