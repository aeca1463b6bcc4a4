using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// The innermost loops: some rows times some panels over <c>count</c> positions. Every sum stays in one register from the first position to the last, so the tiles differ in
/// how many sums share a load, never in a bit. Rows lie <c>xStep</c> singles apart; <c>add</c> goes on from the outputs as they are.
/// </summary>
internal static unsafe class PanelTiles<TLine, TElement>
    where TLine : struct, ILine<TLine>
    where TElement : struct, IPanelElement
{
    private const int Width = PanelFormat.Width;

    // How many bytes ahead of its use a weight is asked for: what memory delivers while it waits for the first of them, of one stream or of each of four.
    private const int FarAhead = 4096, NearAhead = 1024;

    private static int Position
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Width * TElement.Bytes;
    }

    /// <summary>One row, four panels wStep bytes apart: four streams keep the memory busy, and hide that each sum waits for the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour(byte* w, long wStep, int count, float* x, float* y, long yPanelStep, bool add)
    {
        byte* w1 = w + wStep, w2 = w + 2 * wStep, w3 = w + 3 * wStep;
        TLine a0 = TLine.Zero, a1 = TLine.Zero, a2 = TLine.Zero, a3 = TLine.Zero;
        if (add)
        {
            a0 = TLine.Load(y);
            a1 = TLine.Load(y + yPanelStep);
            a2 = TLine.Load(y + 2 * yPanelStep);
            a3 = TLine.Load(y + 3 * yPanelStep);
        }
        for (nint k = 0; k < count; k++)
        {
            a0 = TLine.MultiplyAdd(x + k, TElement.Load<TLine>(w), a0);
            Prefetch(w + NearAhead);
            w += Position;
            a1 = TLine.MultiplyAdd(x + k, TElement.Load<TLine>(w1), a1);
            Prefetch(w1 + NearAhead);
            w1 += Position;
            a2 = TLine.MultiplyAdd(x + k, TElement.Load<TLine>(w2), a2);
            Prefetch(w2 + NearAhead);
            w2 += Position;
            a3 = TLine.MultiplyAdd(x + k, TElement.Load<TLine>(w3), a3);
            Prefetch(w3 + NearAhead);
            w3 += Position;
        }
        TLine.Store(a0, y);
        TLine.Store(a1, y + yPanelStep);
        TLine.Store(a2, y + 2 * yPanelStep);
        TLine.Store(a3, y + 3 * yPanelStep);
    }

    /// <summary>One row, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int count, float* x, float* y, bool add)
    {
        TLine a = TLine.Zero;
        if (add)
            a = TLine.Load(y);
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
        }
        TLine.Store(a, y);
    }

    /// <summary>Two rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(byte* w, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep;
        TLine a = TLine.Zero, b = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
        }
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
            b = TLine.MultiplyAdd(x1 + k, line, b);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
    }

    /// <summary>Three rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(byte* w, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep, x2 = x + 2 * xStep;
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
        }
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
            b = TLine.MultiplyAdd(x1 + k, line, b);
            c = TLine.MultiplyAdd(x2 + k, line, c);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
    }

    /// <summary>Four rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(byte* w, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep, x2 = x + 2 * xStep, x3 = x + 3 * xStep;
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero, d = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
            d = TLine.Load(y + 3 * yStep);
        }
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
            b = TLine.MultiplyAdd(x1 + k, line, b);
            c = TLine.MultiplyAdd(x2 + k, line, c);
            d = TLine.MultiplyAdd(x3 + k, line, d);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
    }

    /// <summary>Five rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Five(byte* w, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep, x2 = x + 2 * xStep, x3 = x + 3 * xStep, x4 = x + 4 * xStep;
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero, d = TLine.Zero, e = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
            d = TLine.Load(y + 3 * yStep);
            e = TLine.Load(y + 4 * yStep);
        }
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
            b = TLine.MultiplyAdd(x1 + k, line, b);
            c = TLine.MultiplyAdd(x2 + k, line, c);
            d = TLine.MultiplyAdd(x3 + k, line, d);
            e = TLine.MultiplyAdd(x4 + k, line, e);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
        TLine.Store(e, y + 4 * yStep);
    }

    /// <summary>Six rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(byte* w, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep, x2 = x + 2 * xStep, x3 = x + 3 * xStep, x4 = x + 4 * xStep, x5 = x + 5 * xStep;
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero, d = TLine.Zero, e = TLine.Zero, f = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
            d = TLine.Load(y + 3 * yStep);
            e = TLine.Load(y + 4 * yStep);
            f = TLine.Load(y + 5 * yStep);
        }
        for (nint k = 0; k < count; k++)
        {
            var line = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            a = TLine.MultiplyAdd(x + k, line, a);
            b = TLine.MultiplyAdd(x1 + k, line, b);
            c = TLine.MultiplyAdd(x2 + k, line, c);
            d = TLine.MultiplyAdd(x3 + k, line, d);
            e = TLine.MultiplyAdd(x4 + k, line, e);
            f = TLine.MultiplyAdd(x5 + k, line, f);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
        TLine.Store(e, y + 4 * yStep);
        TLine.Store(f, y + 5 * yStep);
    }

    /// <summary>Six rows, two panels wStep bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SixByTwo(byte* w, long wStep, int count, float* x, long xStep, float* y, long yStep, bool add)
    {
        float* x1 = x + xStep, x2 = x + 2 * xStep, x3 = x + 3 * xStep, x4 = x + 4 * xStep, x5 = x + 5 * xStep;
        byte* w1 = w + wStep;
        TLine a0 = TLine.Zero, a1 = TLine.Zero, b0 = TLine.Zero, b1 = TLine.Zero, c0 = TLine.Zero, c1 = TLine.Zero, d0 = TLine.Zero, d1 = TLine.Zero, e0 = TLine.Zero, e1 = TLine.Zero, f0 = TLine.Zero, f1 = TLine.Zero;
        if (add)
        {
            a0 = TLine.Load(y);
            a1 = TLine.Load(y + Width);
            b0 = TLine.Load(y + yStep);
            b1 = TLine.Load(y + yStep + Width);
            c0 = TLine.Load(y + 2 * yStep);
            c1 = TLine.Load(y + 2 * yStep + Width);
            d0 = TLine.Load(y + 3 * yStep);
            d1 = TLine.Load(y + 3 * yStep + Width);
            e0 = TLine.Load(y + 4 * yStep);
            e1 = TLine.Load(y + 4 * yStep + Width);
            f0 = TLine.Load(y + 5 * yStep);
            f1 = TLine.Load(y + 5 * yStep + Width);
        }
        for (nint k = 0; k < count; k++)
        {
            var line0 = TElement.Load<TLine>(w);
            Prefetch(w + FarAhead);
            w += Position;
            var line1 = TElement.Load<TLine>(w1);
            Prefetch(w1 + FarAhead);
            w1 += Position;
            a0 = TLine.MultiplyAdd(x + k, line0, a0);
            a1 = TLine.MultiplyAdd(x + k, line1, a1);
            b0 = TLine.MultiplyAdd(x1 + k, line0, b0);
            b1 = TLine.MultiplyAdd(x1 + k, line1, b1);
            c0 = TLine.MultiplyAdd(x2 + k, line0, c0);
            c1 = TLine.MultiplyAdd(x2 + k, line1, c1);
            d0 = TLine.MultiplyAdd(x3 + k, line0, d0);
            d1 = TLine.MultiplyAdd(x3 + k, line1, d1);
            e0 = TLine.MultiplyAdd(x4 + k, line0, e0);
            e1 = TLine.MultiplyAdd(x4 + k, line1, e1);
            f0 = TLine.MultiplyAdd(x5 + k, line0, f0);
            f1 = TLine.MultiplyAdd(x5 + k, line1, f1);
        }
        TLine.Store(a0, y);
        TLine.Store(a1, y + Width);
        TLine.Store(b0, y + yStep);
        TLine.Store(b1, y + yStep + Width);
        TLine.Store(c0, y + 2 * yStep);
        TLine.Store(c1, y + 2 * yStep + Width);
        TLine.Store(d0, y + 3 * yStep);
        TLine.Store(d1, y + 3 * yStep + Width);
        TLine.Store(e0, y + 4 * yStep);
        TLine.Store(e1, y + 4 * yStep + Width);
        TLine.Store(f0, y + 5 * yStep);
        TLine.Store(f1, y + 5 * yStep + Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
