using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>A line in one 512-bit vector: the 32 registers hold the sums of six rows and two panels with room to spare.</summary>
internal readonly unsafe struct Line512 : ILine<Line512>
{
    private readonly Vector512<float> _all;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Line512(Vector512<float> all) => _all = all;

    public static Line512 Zero => default;

    public static bool Wide => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line512 LoadUpper(ushort* source)
    {
        var codes = Vector256.Load((uint*)source);
        return new(Vector512.Create(codes << 16, codes & Vector256.Create(0xFFFF_0000)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Line512 line, float* target) => line._all.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line512 MultiplyAdd(float* x, Line512 line, Line512 sum) =>
        new(Vector512.FusedMultiplyAdd(Vector512.Create(*x), line._all, sum._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line512 LoadFiniteHalves(ushort* source)
    {
        var codes = Vector256.Load((int*)source);
        return new(Single(Vector512.Create(codes << 16, codes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line512 Beyond(Line512 line) => new(Beyond(line._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Single(Vector512<int> upper) =>
        ((upper >> HalfBits.Shift) & Vector512.Create(HalfBits.Kept)).AsSingle() * Vector512.Create(HalfBits.Ratio);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Beyond(Vector512<float> value)
    {
        var notFinite = Vector512.GreaterThanOrEqual(Vector512.Abs(value), Vector512.Create(HalfBits.Limit)).AsUInt32();
        return (value.AsUInt32() | (notFinite & Vector512.Create(HalfBits.NotFinite))).AsSingle();
    }
}
