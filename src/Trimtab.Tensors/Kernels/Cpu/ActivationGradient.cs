using System.Numerics;
using System.Numerics.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The slopes of the nonlinearities over a span.</summary>
internal static class ActivationGradient
{
    private const float Sqrt2OverPi = 0.7978845608028654f, Cubic = 0.044715f;

    // Beyond these the slopes are 0 or 1 to the last bit, while powers of x would overflow and meet them as ∞ · 0.
    private const float SiluRange = 128, GeluRange = 16;

    // Values at a time: two of their spans stay in the nearest cache between the steps.
    private const int Block = 1024;

    /// <summary>dx = dy · activation′(x); dx must overlap neither.</summary>
    public static void Apply(ReadOnlySpan<float> x, Activation activation, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int start = 0; start < x.Length; start += Block)
        {
            int count = Math.Min(Block, x.Length - start);
            var target = dx.Slice(start, count);
            Slopes(x.Slice(start, count), activation, target);
            TensorPrimitives.Multiply(target, dy.Slice(start, count), target);
        }
    }

    /// <summary>dup = dz · activation(gate) and dgate = dz · up · activation′(gate); the results must not overlap what goes in.</summary>
    public static void Gate(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Activation activation, ReadOnlySpan<float> dz, Span<float> dgate, Span<float> dup)
    {
        for (int start = 0; start < gate.Length; start += Block)
        {
            int count = Math.Min(Block, gate.Length - start);
            Span<float> ofGate = dgate.Slice(start, count), ofUp = dup.Slice(start, count);
            ActivationKernel.Apply(gate.Slice(start, count), activation, ofUp);
            TensorPrimitives.Multiply(ofUp, dz.Slice(start, count), ofUp);
            Slopes(gate.Slice(start, count), activation, ofGate);
            TensorPrimitives.Multiply(ofGate, up.Slice(start, count), ofGate);
            TensorPrimitives.Multiply(ofGate, dz.Slice(start, count), ofGate);
        }
    }

    private static void Slopes(ReadOnlySpan<float> x, Activation activation, Span<float> slopes)
    {
        switch (activation)
        {
            case Activation.Silu:
                TensorPrimitives.Sigmoid(x, slopes);
                Combine<SiluSlope>(x, slopes);
                break;
            case Activation.Sigmoid:
                TensorPrimitives.Sigmoid(x, slopes);
                Combine<SigmoidSlope>(x, slopes);
                break;
            case Activation.Relu:
                Combine<ReluSlope>(x, slopes);
                break;
            case Activation.GeluTanh:
                Combine<GeluTanhInner>(x, slopes);
                TensorPrimitives.Tanh(slopes, slopes);
                Combine<GeluTanhSlope>(x, slopes);
                break;
            default:
                for (int i = 0; i < x.Length; i++)
                    slopes[i] = GeluSlope(x[i]);
                break;
        }
    }

    // Φ(x) + x · φ(x)
    private static float GeluSlope(double x) =>
        (float)(0.5 * ErrorFunction.Erfc(-x * double.Sqrt(0.5)) + x * Math.Exp(-0.5 * x * x) * (0.5 * Sqrt2OverPi));

    // y = f(x, y), the same for the vectors and for the values behind the last of them.
    private static void Combine<TFunction>(ReadOnlySpan<float> x, Span<float> y) where TFunction : struct, IVectorFunction
    {
        int i = 0, width = Vector<float>.Count;
        for (; i <= x.Length - width; i += width)
            TFunction.Of(new Vector<float>(x[i..]), new Vector<float>(y[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] = TFunction.Of(new Vector<float>(x[i]), new Vector<float>(y[i]))[0];
    }

    private static Vector<float> Bounded(Vector<float> x, float range) => Vector.Max(Vector.Min(x, new Vector<float>(range)), new Vector<float>(-range));

    private interface IVectorFunction
    {
        static abstract Vector<float> Of(Vector<float> x, Vector<float> y);
    }

    private readonly struct SiluSlope : IVectorFunction
    {
        // s + x · s · (1 − s)
        public static Vector<float> Of(Vector<float> x, Vector<float> y) => Vector.FusedMultiplyAdd(Bounded(x, SiluRange) * y, Vector<float>.One - y, y);
    }

    private readonly struct SigmoidSlope : IVectorFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> y) => y * (Vector<float>.One - y);
    }

    private readonly struct ReluSlope : IVectorFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> y) => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), Vector<float>.One, Vector<float>.Zero);
    }

    private readonly struct GeluTanhInner : IVectorFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> y)
        {
            x = Bounded(x, GeluRange);
            return Vector.FusedMultiplyAdd(x * x, new Vector<float>(Cubic), Vector<float>.One) * x * Sqrt2OverPi;
        }
    }

    private readonly struct GeluTanhSlope : IVectorFunction
    {
        // ½ (1 + t) + ½ x (1 − t²) · √(2/π) (1 + 3 · 0.044715 x²)
        public static Vector<float> Of(Vector<float> x, Vector<float> y)
        {
            x = Bounded(x, GeluRange);
            var inner = Vector.FusedMultiplyAdd(x * x, new Vector<float>(3 * Cubic), Vector<float>.One) * Sqrt2OverPi;
            return 0.5f * (Vector<float>.One + y) * Vector.FusedMultiplyAdd(x * (Vector<float>.One - y), inner, Vector<float>.One);
        }
    }
}
