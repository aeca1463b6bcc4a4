using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The slopes of the nonlinearities over a span, element by element: a value's result does not depend on where in the span it lies.</summary>
internal static class ActivationGradient
{
    /// <summary>dx = dy · activation′(x); dx may be either of them.</summary>
    public static void Apply(ReadOnlySpan<float> x, Activation activation, ReadOnlySpan<float> dy, Span<float> dx)
    {
        switch (activation)
        {
            case Activation.Silu: Each<Silu>(x, dy, dx); break;
            case Activation.Sigmoid: Each<Sigmoid>(x, dy, dx); break;
            case Activation.Relu: Each<Relu>(x, dy, dx); break;
            case Activation.GeluTanh: Each<GeluTanh>(x, dy, dx); break;
            default: Each<Gelu>(x, dy, dx); break;
        }
    }

    /// <summary>dgate = dz · up · activation′(gate) and dup = dz · activation(gate); the results may be any of what goes in, but not each other.</summary>
    public static void Gate(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Activation activation, ReadOnlySpan<float> dz, Span<float> dgate, Span<float> dup)
    {
        switch (activation)
        {
            case Activation.Silu: EachGate<Silu>(gate, up, dz, dgate, dup); break;
            case Activation.Sigmoid: EachGate<Sigmoid>(gate, up, dz, dgate, dup); break;
            case Activation.Relu: EachGate<Relu>(gate, up, dz, dgate, dup); break;
            case Activation.GeluTanh: EachGate<GeluTanh>(gate, up, dz, dgate, dup); break;
            default: EachGate<Gelu>(gate, up, dz, dgate, dup); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Each<TFunction>(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) where TFunction : struct, ISlope
    {
        int i = 0;
        for (; i <= x.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            (TFunction.Of(Vector256.Create(x[i..])).Slope * Vector256.Create(dy[i..])).CopyTo(dx[i..]);
        for (; i < x.Length; i++)
            dx[i] = TFunction.Of(Vector256.Create(x[i])).Slope[0] * dy[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EachGate<TFunction>(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, ReadOnlySpan<float> dz, Span<float> dgate, Span<float> dup) where TFunction : struct, ISlope
    {
        int i = 0;
        for (; i <= gate.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (value, slope) = TFunction.Of(Vector256.Create(gate[i..]));
            var (factor, gradient) = (Vector256.Create(up[i..]), Vector256.Create(dz[i..]));
            (slope * factor * gradient).CopyTo(dgate[i..]);
            (value * gradient).CopyTo(dup[i..]);
        }
        for (; i < gate.Length; i++)
        {
            var (value, slope) = TFunction.Of(Vector256.Create(gate[i]));
            (dgate[i], dup[i]) = (slope[0] * up[i] * dz[i], value[0] * dz[i]);
        }
    }

    // Where a slope is 0 or 1 to the last bit, powers of x would meet the 0 of 1 − s as ∞ · 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Bounded(Vector256<float> x, float range) => Vector256.MinNative(Vector256.Create(range), Vector256.MaxNative(Vector256.Create(-range), x));

    private interface ISlope
    {
        static abstract (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x);
    }

    private readonly struct Silu : ISlope
    {
        // x s and s + x s (1 − s)
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x)
        {
            var share = VectorFunctions.Sigmoid(x);
            return (x * share, Vector256.FusedMultiplyAdd(Bounded(x, 128) * share, Vector256.Create(1f) - share, share));
        }
    }

    private readonly struct Sigmoid : ISlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x)
        {
            var share = VectorFunctions.Sigmoid(x);
            return (share, share * (Vector256.Create(1f) - share));
        }
    }

    private readonly struct Relu : ISlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x) =>
            (Vector256.Max(x, Vector256<float>.Zero), Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256<float>.Zero), Vector256.Create(1f), Vector256<float>.Zero));
    }

    private readonly struct GeluTanh : ISlope
    {
        private const float TwoSqrt2OverPi = 1.5957691216057308f, Cubic = 0.044715f;

        // ½ (1 + tanh u) is s = sigmoid(2u), u = √(2/π) (x + 0.044715 x³): x s and s + x s (1 − s) · 2u′
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x)
        {
            var near = Bounded(x, 16);
            var square = near * near;
            var share = VectorFunctions.Sigmoid(Vector256.FusedMultiplyAdd(square, Vector256.Create(Cubic), Vector256.Create(1f)) * near * Vector256.Create(TwoSqrt2OverPi));
            var inner = Vector256.FusedMultiplyAdd(square, Vector256.Create(3 * Cubic), Vector256.Create(1f)) * Vector256.Create(TwoSqrt2OverPi);
            return (x * share, Vector256.FusedMultiplyAdd(near * share * inner, Vector256.Create(1f) - share, share));
        }
    }

    private readonly struct Gelu : ISlope
    {
        private const float SqrtHalf = 0.7071067811865476f, InverseSqrt2Pi = 0.3989422804014327f;

        // x Φ(x) and Φ(x) + x φ(x)
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Value, Vector256<float> Slope) Of(Vector256<float> x)
        {
            var near = Bounded(x, 16);
            var tail = Vector256.Create(0.5f) * VectorFunctions.ErfcOfPositive(Vector256.Abs(near) * Vector256.Create(SqrtHalf));
            var share = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256.Create(1f) - tail);
            var density = VectorFunctions.Exp(near * near * Vector256.Create(-0.5f)) * Vector256.Create(InverseSqrt2Pi);
            return (x * share, Vector256.FusedMultiplyAdd(near, density, share));
        }
    }
}
