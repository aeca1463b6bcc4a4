using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The nonlinearities over a span, element by element: a value's result does not depend on where in the span it lies.</summary>
internal static class ActivationKernel
{
    /// <summary>y = activation(x); y may be x.</summary>
    public static void Apply(ReadOnlySpan<float> x, Activation activation, Span<float> y) => Apply(x, [], activation, y);

    /// <summary>y = activation(x) ⊙ up, or activation(x) where <paramref name="up"/> is empty; y may be x or up.</summary>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> up, Activation activation, Span<float> y)
    {
        switch (activation)
        {
            case Activation.Silu: Each<Silu>(x, up, y); break;
            case Activation.Sigmoid: Each<Sigmoid>(x, up, y); break;
            case Activation.Relu: Each<Relu>(x, up, y); break;
            case Activation.GeluTanh: Each<GeluTanh>(x, up, y); break;
            default: Each<Gelu>(x, up, y); break;
        }
    }

    /// <summary>y = cap · tanh(x / cap); y may be x.</summary>
    public static void SoftCap(ReadOnlySpan<float> x, float cap, Span<float> y)
    {
        int i = 0;
        for (; i <= x.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            Capped(Vector256.Create(x[i..]), cap).CopyTo(y[i..]);
        if (i == x.Length)
            return;
        Span<float> rest = stackalloc float[Vector256<float>.Count];
        x[i..].CopyTo(rest);
        Capped(Vector256.Create<float>(rest), cap).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(y[i..]);
    }

    private static Vector256<float> Capped(Vector256<float> x, float cap) => VectorFunctions.Tanh(x / Vector256.Create(cap)) * Vector256.Create(cap);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Each<TFunction>(ReadOnlySpan<float> x, ReadOnlySpan<float> up, Span<float> y) where TFunction : struct, IElementFunction
    {
        bool isGate = !up.IsEmpty;
        int i = 0;
        for (; i <= x.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var value = TFunction.Of(Vector256.Create(x[i..]));
            (isGate ? value * Vector256.Create(up[i..]) : value).CopyTo(y[i..]);
        }
        if (i == x.Length)
            return;
        Span<float> rest = stackalloc float[Vector256<float>.Count];
        x[i..].CopyTo(rest);
        TFunction.Of(Vector256.Create<float>(rest)).CopyTo(rest);
        for (int j = i; j < x.Length; j++)
            y[j] = isGate ? rest[j - i] * up[j] : rest[j - i];
    }

    private interface IElementFunction
    {
        static abstract Vector256<float> Of(Vector256<float> x);
    }

    private readonly struct Silu : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> x) => x / (Vector256.Create(1f) + VectorFunctions.Exp(-x));
    }

    private readonly struct Sigmoid : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> x) => VectorFunctions.Sigmoid(x);
    }

    private readonly struct Relu : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);
    }

    // 0.5 x (1 + tanh u) = x / (1 + e^(−2u)), u = √(2/π) (x + 0.044715 x³): without the cancellation of 1 + tanh.
    private readonly struct GeluTanh : IElementFunction
    {
        private const float MinusTwoSqrt2OverPi = -1.5957691216057308f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> x)
        {
            var inner = Vector256.FusedMultiplyAdd(x * x, Vector256.Create(0.044715f), Vector256.Create(1f)) * x;
            return x / (Vector256.Create(1f) + VectorFunctions.Exp(inner * Vector256.Create(MinusTwoSqrt2OverPi)));
        }
    }

    // x · Φ(x), Φ(x) = ½ erfc(−x/√2): from the small side, so that negative values keep their digits.
    private readonly struct Gelu : IElementFunction
    {
        private const float SqrtHalf = 0.7071067811865476f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> x)
        {
            var tail = Vector256.Create(0.5f) * VectorFunctions.ErfcOfPositive(Vector256.Abs(x) * Vector256.Create(SqrtHalf));
            return x * Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256.Create(1f) - tail);
        }
    }
}
