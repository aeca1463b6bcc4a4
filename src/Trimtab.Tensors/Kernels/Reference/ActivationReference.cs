using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The nonlinearities, each from its definition.</summary>
internal static class ActivationReference
{
    /// <summary>activation(x).</summary>
    public static double Apply(double x, Activation activation) => activation switch
    {
        Activation.Silu => x * Sigmoid(x),
        Activation.Sigmoid => Sigmoid(x),
        Activation.Relu => Math.Max(x, 0),
        Activation.Gelu => x * NormalCumulative(x),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        _ => throw new TensorException($"Activation: {activation} has no definition here."),
    };

    /// <summary>erfc(x) = 2/√π · ∫ e^(−t²) dt from x to infinity, by Simpson's rule; the integrand is nothing beyond x + 8 for x ≥ 0.</summary>
    public static double Erfc(double x, int steps = 1000)
    {
        if (x < 0)
            return 2 - Erfc(-x, steps);
        double width = 8.0 / steps, sum = 0;
        for (int i = 0; i <= steps; i++)
        {
            double t = x + i * width, weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.Exp(-t * t);
        }
        return 2 / Math.Sqrt(Math.PI) * sum * width / 3;
    }

    // Φ(x), the share of a standard normal distribution below x.
    private static double NormalCumulative(double x) => 0.5 * Erfc(-x / Math.Sqrt(2));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
