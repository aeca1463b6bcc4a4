using System.Numerics.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The nonlinearities over a span.</summary>
internal static class ActivationKernel
{
    private const float Sqrt2OverPi = 0.7978845608028654f;

    /// <summary>y = activation(x); y must not overlap x.</summary>
    public static void Apply(ReadOnlySpan<float> x, Activation activation, Span<float> y)
    {
        switch (activation)
        {
            case Activation.Silu:
                TensorPrimitives.Sigmoid(x, y);
                TensorPrimitives.Multiply(x, y, y);
                break;
            case Activation.Sigmoid:
                TensorPrimitives.Sigmoid(x, y);
                break;
            case Activation.Relu:
                TensorPrimitives.Max(x, 0f, y);
                break;
            case Activation.GeluTanh:
                GeluTanh(x, y);
                break;
            default:
                for (int i = 0; i < x.Length; i++)
                    y[i] = (float)(x[i] * 0.5 * ErrorFunction.Erfc(-x[i] * double.Sqrt(0.5)));
                break;
        }
    }

    // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
    private static void GeluTanh(ReadOnlySpan<float> x, Span<float> y)
    {
        TensorPrimitives.Multiply(x, x, y);
        TensorPrimitives.Multiply(y, 0.044715f, y);
        TensorPrimitives.Add(y, 1f, y);
        TensorPrimitives.Multiply(y, x, y);
        TensorPrimitives.Multiply(y, Sqrt2OverPi, y);
        TensorPrimitives.Tanh(y, y);
        TensorPrimitives.Add(y, 1f, y);
        TensorPrimitives.Multiply(y, x, y);
        TensorPrimitives.Multiply(y, 0.5f, y);
    }
}
