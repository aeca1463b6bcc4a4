using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>A line in two 256-bit vectors: of the sixteen registers, twelve hold the sums of six rows, two the weights, one the activation.</summary>
internal readonly unsafe struct Line256 : ILine<Line256>
{
    /// <summary>Outputs 0 … 7 and 8 … 15.</summary>
    public readonly Vector256<float> Low, High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Line256(Vector256<float> low, Vector256<float> high)
    {
        Low = low;
        High = high;
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
        line.Low.Store(target);
        line.High.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 MultiplyAdd(float* x, Line256 line, Line256 sum)
    {
        var factor = Vector256.Create(*x);
        return new(Vector256.FusedMultiplyAdd(factor, line.Low, sum.Low), Vector256.FusedMultiplyAdd(factor, line.High, sum.High));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 LoadFiniteHalves(ushort* source)
    {
        var codes = Vector256.Load((int*)source);
        return new(Single(codes << 16), Single(codes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 Beyond(Line256 line) => new(Beyond(line.Low), Beyond(line.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Single(Vector256<int> upper) =>
        ((upper >> HalfBits.Shift) & Vector256.Create(HalfBits.Kept)).AsSingle() * Vector256.Create(HalfBits.Ratio);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Beyond(Vector256<float> value)
    {
        var notFinite = Vector256.GreaterThanOrEqual(Vector256.Abs(value), Vector256.Create(HalfBits.Limit)).AsUInt32();
        return (value.AsUInt32() | (notFinite & Vector256.Create(HalfBits.NotFinite))).AsSingle();
    }
}
