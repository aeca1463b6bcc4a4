using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>A line in four 128-bit vectors: for processors without wider ones, Arm above all, whose 32 registers hold six of them.</summary>
internal readonly unsafe struct Line128 : ILine<Line128>
{
    private readonly Vector128<float> _a, _b, _c, _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Line128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        _a = a;
        _b = b;
        _c = c;
        _d = d;
    }

    public static Line128 Zero => default;

    public static bool Wide => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line128 LoadUpper(ushort* source)
    {
        var front = Vector128.Load((uint*)source);
        var back = Vector128.Load((uint*)source + 4);
        var mask = Vector128.Create(0xFFFF_0000);
        return new((front << 16).AsSingle(), (back << 16).AsSingle(), (front & mask).AsSingle(), (back & mask).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Line128 line, float* target)
    {
        line._a.Store(target);
        line._b.Store(target + 4);
        line._c.Store(target + 8);
        line._d.Store(target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line128 MultiplyAdd(float* x, Line128 line, Line128 sum)
    {
        var factor = Vector128.Create(*x);
        return new(Vector128.FusedMultiplyAdd(factor, line._a, sum._a), Vector128.FusedMultiplyAdd(factor, line._b, sum._b),
            Vector128.FusedMultiplyAdd(factor, line._c, sum._c), Vector128.FusedMultiplyAdd(factor, line._d, sum._d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line128 LoadFiniteHalves(ushort* source)
    {
        var front = Vector128.Load((int*)source);
        var back = Vector128.Load((int*)source + 4);
        return new(Single(front << 16), Single(back << 16), Single(front), Single(back));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line128 Beyond(Line128 line) => new(Beyond(line._a), Beyond(line._b), Beyond(line._c), Beyond(line._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Single(Vector128<int> upper) =>
        ((upper >> HalfBits.Shift) & Vector128.Create(HalfBits.Kept)).AsSingle() * Vector128.Create(HalfBits.Ratio);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Beyond(Vector128<float> value)
    {
        var notFinite = Vector128.GreaterThanOrEqual(Vector128.Abs(value), Vector128.Create(HalfBits.Limit)).AsUInt32();
        return (value.AsUInt32() | (notFinite & Vector128.Create(HalfBits.NotFinite))).AsSingle();
    }
}
