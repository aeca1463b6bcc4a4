using System.Numerics.Tensors;
using Trimtab.Tensors.Autograd;

namespace Trimtab.Tensors.Optim;

/// <summary>The length of all gradients as one vector.</summary>
public static class GradientNorm
{
    /// <summary>√Σ g² over all parameters; the squares are added up in double precision.</summary>
    public static double Of(IReadOnlyList<Parameter> parameters) => Math.Sqrt(parameters.Sum(parameter => (double)TensorPrimitives.SumOfSquares<float>(parameter.Gradient.Values)));

    /// <summary>Scales all gradients down to a length of at most <paramref name="maximum"/>, as torch.nn.utils.clip_grad_norm_ does; returns the length before.</summary>
    public static double Clip(IReadOnlyList<Parameter> parameters, double maximum)
    {
        double norm = Of(parameters), factor = maximum / (norm + 1e-6);
        if (factor < 1)
            foreach (var parameter in parameters)
                TensorPrimitives.Multiply(parameter.Gradient.Values, (float)factor, parameter.Gradient.Values);
        return norm;
    }
}
