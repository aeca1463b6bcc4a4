using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// The innermost loops: some rows times some panels, <c>wStep</c> bytes apart, over <c>count</c> positions. Every sum stays in its registers from the first position to the
/// last, so tiles differ in how many sums share a load, never in a bit. The rows of a tile lie interleaved: all rows' values of a position, then the next position's.
/// Output rows lie <c>yStep</c> singles apart; <c>add</c> goes on from the outputs as they are.
/// </summary>
internal static unsafe class PanelTiles<TLine, TElement>
    where TLine : struct, ILine<TLine>
    where TElement : struct, IPanelElement
{
    private static int Position
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => PanelFormat.Width * TElement.Bytes;
    }

    /// <summary>One row, four panels: four streams keep the memory busy, and there are enough sums to hide how long each takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour(byte* w, long wStep, int count, float* x, float* y, long yStep, bool add)
    {
        byte* w1 = w + wStep, w2 = w + 2 * wStep, w3 = w + 3 * wStep;
        TLine a0 = TLine.Zero, a1 = TLine.Zero, a2 = TLine.Zero, a3 = TLine.Zero;
        if (add)
        {
            a0 = TLine.Load(y);
            a1 = TLine.Load(y + yStep);
            a2 = TLine.Load(y + 2 * yStep);
            a3 = TLine.Load(y + 3 * yStep);
        }
        for (float* end = x + (long)count; x < end; x++)
        {
            a0 = TLine.MultiplyAdd(x, TElement.Load<TLine>(w), a0);
            w += Position;
            a1 = TLine.MultiplyAdd(x, TElement.Load<TLine>(w1), a1);
            w1 += Position;
            a2 = TLine.MultiplyAdd(x, TElement.Load<TLine>(w2), a2);
            w2 += Position;
            a3 = TLine.MultiplyAdd(x, TElement.Load<TLine>(w3), a3);
            w3 += Position;
        }
        TLine.Store(a0, y);
        TLine.Store(a1, y + yStep);
        TLine.Store(a2, y + 2 * yStep);
        TLine.Store(a3, y + 3 * yStep);
    }

    /// <summary>One row, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* w, int count, float* x, float* y, bool add)
    {
        TLine a = TLine.Zero;
        if (add)
            a = TLine.Load(y);
        for (float* end = x + (long)count; x < end; x++)
        {
            a = TLine.MultiplyAdd(x, TElement.Load<TLine>(w), a);
            w += Position;
        }
        TLine.Store(a, y);
    }

    /// <summary>Two rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(byte* w, int count, float* x, float* y, long yStep, bool add)
    {
        TLine a = TLine.Zero, b = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
        }
        for (float* end = x + 2 * (long)count; x < end; x += 2)
        {
            var line = TElement.Load<TLine>(w);
            w += Position;
            a = TLine.MultiplyAdd(x, line, a);
            b = TLine.MultiplyAdd(x + 1, line, b);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
    }

    /// <summary>Three rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(byte* w, int count, float* x, float* y, long yStep, bool add)
    {
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
        }
        for (float* end = x + 3 * (long)count; x < end; x += 3)
        {
            var line = TElement.Load<TLine>(w);
            w += Position;
            a = TLine.MultiplyAdd(x, line, a);
            b = TLine.MultiplyAdd(x + 1, line, b);
            c = TLine.MultiplyAdd(x + 2, line, c);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
    }

    /// <summary>Four rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(byte* w, int count, float* x, float* y, long yStep, bool add)
    {
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero, d = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
            d = TLine.Load(y + 3 * yStep);
        }
        for (float* end = x + 4 * (long)count; x < end; x += 4)
        {
            var line = TElement.Load<TLine>(w);
            w += Position;
            a = TLine.MultiplyAdd(x, line, a);
            b = TLine.MultiplyAdd(x + 1, line, b);
            c = TLine.MultiplyAdd(x + 2, line, c);
            d = TLine.MultiplyAdd(x + 3, line, d);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
    }

    /// <summary>Five rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Five(byte* w, int count, float* x, float* y, long yStep, bool add)
    {
        TLine a = TLine.Zero, b = TLine.Zero, c = TLine.Zero, d = TLine.Zero, e = TLine.Zero;
        if (add)
        {
            a = TLine.Load(y);
            b = TLine.Load(y + yStep);
            c = TLine.Load(y + 2 * yStep);
            d = TLine.Load(y + 3 * yStep);
            e = TLine.Load(y + 4 * yStep);
        }
        for (float* end = x + 5 * (long)count; x < end; x += 5)
        {
            var line = TElement.Load<TLine>(w);
            w += Position;
            a = TLine.MultiplyAdd(x, line, a);
            b = TLine.MultiplyAdd(x + 1, line, b);
            c = TLine.MultiplyAdd(x + 2, line, c);
            d = TLine.MultiplyAdd(x + 3, line, d);
            e = TLine.MultiplyAdd(x + 4, line, e);
        }
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
        TLine.Store(e, y + 4 * yStep);
    }

    /// <summary>
    /// Six rows, one panel, four positions a turn: counting takes three instructions of twenty-four otherwise, and where two threads share a core, every instruction counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(byte* w, int count, float* x, float* y, long yStep, bool add)
    {
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
        const int Step = 6;
        float* last = x + Step * (long)count;
        for (float* end = last - 3 * Step; x < end; x += 4 * Step, w += 4 * Position)
        {
            AddSix(x, w, ref a, ref b, ref c, ref d, ref e, ref f);
            AddSix(x + Step, w + Position, ref a, ref b, ref c, ref d, ref e, ref f);
            AddSix(x + 2 * Step, w + 2 * Position, ref a, ref b, ref c, ref d, ref e, ref f);
            AddSix(x + 3 * Step, w + 3 * Position, ref a, ref b, ref c, ref d, ref e, ref f);
        }
        for (; x < last; x += Step, w += Position)
            AddSix(x, w, ref a, ref b, ref c, ref d, ref e, ref f);
        TLine.Store(a, y);
        TLine.Store(b, y + yStep);
        TLine.Store(c, y + 2 * yStep);
        TLine.Store(d, y + 3 * yStep);
        TLine.Store(e, y + 4 * yStep);
        TLine.Store(f, y + 5 * yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSix(float* x, byte* w, ref TLine a, ref TLine b, ref TLine c, ref TLine d, ref TLine e, ref TLine f)
    {
        var line = TElement.Load<TLine>(w);
        a = TLine.MultiplyAdd(x, line, a);
        b = TLine.MultiplyAdd(x + 1, line, b);
        c = TLine.MultiplyAdd(x + 2, line, c);
        d = TLine.MultiplyAdd(x + 3, line, d);
        e = TLine.MultiplyAdd(x + 4, line, e);
        f = TLine.MultiplyAdd(x + 5, line, f);
    }

    /// <summary>Two rows, two panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByTwo(byte* w, long wStep, int count, float* x, float* y, long yStep, long yPanelStep, bool add)
    {
        byte* w1 = w + wStep;
        float* z = y + yPanelStep;
        TLine a0 = TLine.Zero, a1 = TLine.Zero, b0 = TLine.Zero, b1 = TLine.Zero;
        if (add)
        {
            a0 = TLine.Load(y);
            a1 = TLine.Load(z);
            b0 = TLine.Load(y + yStep);
            b1 = TLine.Load(z + yStep);
        }
        for (float* end = x + 2 * (long)count; x < end; x += 2)
        {
            var line0 = TElement.Load<TLine>(w);
            w += Position;
            var line1 = TElement.Load<TLine>(w1);
            w1 += Position;
            a0 = TLine.MultiplyAdd(x, line0, a0);
            a1 = TLine.MultiplyAdd(x, line1, a1);
            b0 = TLine.MultiplyAdd(x + 1, line0, b0);
            b1 = TLine.MultiplyAdd(x + 1, line1, b1);
        }
        TLine.Store(a0, y);
        TLine.Store(a1, z);
        TLine.Store(b0, y + yStep);
        TLine.Store(b1, z + yStep);
    }

    /// <summary>Six rows, two panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SixByTwo(byte* w, long wStep, int count, float* x, float* y, long yStep, long yPanelStep, bool add)
    {
        byte* w1 = w + wStep;
        float* z = y + yPanelStep;
        TLine a0 = TLine.Zero, a1 = TLine.Zero, b0 = TLine.Zero, b1 = TLine.Zero, c0 = TLine.Zero, c1 = TLine.Zero,
            d0 = TLine.Zero, d1 = TLine.Zero, e0 = TLine.Zero, e1 = TLine.Zero, f0 = TLine.Zero, f1 = TLine.Zero;
        if (add)
        {
            a0 = TLine.Load(y);
            a1 = TLine.Load(z);
            b0 = TLine.Load(y + yStep);
            b1 = TLine.Load(z + yStep);
            c0 = TLine.Load(y + 2 * yStep);
            c1 = TLine.Load(z + 2 * yStep);
            d0 = TLine.Load(y + 3 * yStep);
            d1 = TLine.Load(z + 3 * yStep);
            e0 = TLine.Load(y + 4 * yStep);
            e1 = TLine.Load(z + 4 * yStep);
            f0 = TLine.Load(y + 5 * yStep);
            f1 = TLine.Load(z + 5 * yStep);
        }
        for (float* end = x + 6 * (long)count; x < end; x += 6)
        {
            var line0 = TElement.Load<TLine>(w);
            w += Position;
            var line1 = TElement.Load<TLine>(w1);
            w1 += Position;
            a0 = TLine.MultiplyAdd(x, line0, a0);
            a1 = TLine.MultiplyAdd(x, line1, a1);
            b0 = TLine.MultiplyAdd(x + 1, line0, b0);
            b1 = TLine.MultiplyAdd(x + 1, line1, b1);
            c0 = TLine.MultiplyAdd(x + 2, line0, c0);
            c1 = TLine.MultiplyAdd(x + 2, line1, c1);
            d0 = TLine.MultiplyAdd(x + 3, line0, d0);
            d1 = TLine.MultiplyAdd(x + 3, line1, d1);
            e0 = TLine.MultiplyAdd(x + 4, line0, e0);
            e1 = TLine.MultiplyAdd(x + 4, line1, e1);
            f0 = TLine.MultiplyAdd(x + 5, line0, f0);
            f1 = TLine.MultiplyAdd(x + 5, line1, f1);
        }
        TLine.Store(a0, y);
        TLine.Store(a1, z);
        TLine.Store(b0, y + yStep);
        TLine.Store(b1, z + yStep);
        TLine.Store(c0, y + 2 * yStep);
        TLine.Store(c1, z + 2 * yStep);
        TLine.Store(d0, y + 3 * yStep);
        TLine.Store(d1, z + 3 * yStep);
        TLine.Store(e0, y + 4 * yStep);
        TLine.Store(e1, z + 4 * yStep);
        TLine.Store(f0, y + 5 * yStep);
        TLine.Store(f1, z + 5 * yStep);
    }
}
