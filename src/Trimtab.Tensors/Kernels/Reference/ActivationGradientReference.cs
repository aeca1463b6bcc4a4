using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The slopes of the nonlinearities.</summary>
internal static class ActivationGradientReference
{
    /// <summary>activation′(x); that of ReLU at 0 is 0.</summary>
    public static double Slope(double x, Activation activation) => activation switch
    {
        Activation.Silu => Sigmoid(x) * (1 + x * Sigmoid(-x)),
        Activation.Sigmoid => Sigmoid(x) * Sigmoid(-x),
        Activation.Relu => x > 0 ? 1 : 0,
        Activation.Gelu => 0.5 * ActivationReference.Erfc(-x / Math.Sqrt(2)) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI),
        Activation.GeluTanh => GeluTanh(x),
        _ => throw new TensorException($"Activation: {activation} has no slope here."),
    };

    private static double GeluTanh(double x)
    {
        double factor = Math.Sqrt(2 / Math.PI), inner = factor * (x + 0.044715 * x * x * x);
        // sech² rather than 1 − tanh², whose difference loses the digits.
        double bend = Math.Abs(inner) > 300 ? 0 : 1 / (Math.Cosh(inner) * Math.Cosh(inner));
        return 0.5 * (1 + Math.Tanh(inner)) + (bend == 0 ? 0 : 0.5 * x * bend * factor * (1 + 3 * 0.044715 * x * x));
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
