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
/// <param name="weight">The factors; Gemma's "1 + w" is added at load.</param>
/// <param name="eps">Added to the mean square.</param>
public sealed class RmsNorm(Tensor weight, float eps) : INorm
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => x.RmsNorm(weight, eps);
}

/// <summary>(x − mean) / √(variance + eps) · weight + bias.</summary>
public sealed class LayerNorm(Tensor weight, Tensor? bias, float eps) : INorm
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => x.LayerNorm(weight, bias, eps);
}
