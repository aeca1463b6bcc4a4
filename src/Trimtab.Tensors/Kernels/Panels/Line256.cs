using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>A line in two 256-bit vectors: of the sixteen registers, twelve hold the sums of six rows, two the weights, one the activation.</summary>
internal readonly unsafe struct Line256 : ILine<Line256>
{
    private readonly Vector256<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Line256(Vector256<float> low, Vector256<float> high)
    {
        _low = low;
        _high = high;
    }

    public static Line256 Zero => default;

    public static bool Wide => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 LoadUpper(ushort* source)
    {
        var codes = Vector256.Load((uint*)source);
        return new((codes << 16).AsSingle(), (codes & Vector256.Create(0xFFFF_0000)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Line256 line, float* target)
    {
        line._low.Store(target);
        line._high.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 MultiplyAdd(float* x, Line256 line, Line256 sum)
    {
        var factor = Vector256.Create(*x);
        return new(Vector256.FusedMultiplyAdd(factor, line._low, sum._low), Vector256.FusedMultiplyAdd(factor, line._high, sum._high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 FromFiniteHalves(Line256 upper) => new(Finite(upper._low), Finite(upper._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 FromHalves(Line256 upper) => new(Any(upper._low), Any(upper._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finite(Vector256<float> upper) =>
        ((upper.AsInt32() >> HalfBits.Shift).AsUInt32() & Vector256.Create(HalfBits.Kept)).AsSingle() * Vector256.Create(HalfBits.Bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Any(Vector256<float> upper)
    {
        var value = Finite(upper);
        var notFinite = Vector256.GreaterThanOrEqual(Vector256.Abs(value), Vector256.Create(HalfBits.Limit)).AsUInt32();
        return (value.AsUInt32() | (notFinite & Vector256.Create(HalfBits.NotFinite))).AsSingle();
    }
}
