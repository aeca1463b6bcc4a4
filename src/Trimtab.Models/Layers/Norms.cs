using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>A normalisation of rows.</summary>
public interface INorm
{
    /// <summary>x [T, D] → [T, D].</summary>
    Tensor Forward(Tensor x);
}

/// <summary>x / √(mean(x²) + eps) · weight. A weight shorter than a row normalises each group of that length alone (one head, say).</summary>
/// <param name="weight">The factors, or where <paramref name="plusOne"/> their distance from 1.</param>
/// <param name="eps">Added to the mean square.</param>
/// <param name="plusOne">Whether 1 is added to the weight (Gemma).</param>
public sealed class RmsNorm(Tensor weight, float eps, bool plusOne = false) : INorm
{
    // A trained weight changes from pass to pass, so its sum is taken anew.
    private readonly Tensor? _factors = weight.WantsGradient ? null : plusOne ? weight.Add(1) : weight;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => x.RmsNorm(_factors ?? (plusOne ? weight.Add(1) : weight), eps);
}

/// <summary>(x − mean) / √(variance + eps) · weight + bias.</summary>
public sealed class LayerNorm(Tensor weight, Tensor? bias, float eps) : INorm
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => x.LayerNorm(weight, bias, eps);
}
