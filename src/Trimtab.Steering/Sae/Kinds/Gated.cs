using System.Globalization;
using System.Numerics.Tensors;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>
/// One product decides which latents are active, the same product scaled says how much (Rajamanoharan et al. 2024a, eq. 6 to 8): with z = x Wᵀ, a = max(e^r · z +
/// b_mag, 0) where z + b_gate &gt; 0, else 0. The pre-activation is z + b_gate, so <see cref="SaeWeights.EncoderBias"/> is b_gate.
/// </summary>
public sealed record Gated : SaeKind
{
    private readonly Tensor _scale, _shift;

    /// <summary>The kind from the three vectors of a file, each [F].</summary>
    /// <param name="gateBias">b_gate.</param>
    /// <param name="logScale">r, the logarithm of each latent's scale.</param>
    /// <param name="magnitudeBias">b_mag.</param>
    public Gated(Tensor gateBias, Tensor logScale, Tensor magnitudeBias)
    {
        (GateBias, LogScale, MagnitudeBias) = (gateBias, logScale, magnitudeBias);
        // e^r · z + b_mag = e^r · pre + (b_mag − e^r · b_gate).
        _scale = Tensor.Zeros(logScale.Shape);
        TensorPrimitives.Exp(logScale.Values, _scale.Values);
        _shift = Tensor.Zeros(logScale.Shape);
        TensorPrimitives.Multiply(_scale.Values, gateBias.Values, _shift.Values);
        TensorPrimitives.Subtract(magnitudeBias.Values, _shift.Values, _shift.Values);
    }

    /// <summary>b_gate, [F].</summary>
    public Tensor GateBias { get; }

    /// <summary>r, [F]; its exponential is each latent's scale.</summary>
    public Tensor LogScale { get; }

    /// <summary>b_mag, [F].</summary>
    public Tensor MagnitudeBias { get; }

    /// <inheritdoc/>
    public override string Name => "gated";

    /// <inheritdoc/>
    public override float ActivationOf(int latent, float preActivation) => preActivation <= 0 ? 0 : Math.Max(MagnitudeOf(latent, preActivation), 0);

    /// <summary>e^r · z + b_mag of a latent: its size before it is rectified and gated.</summary>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="preActivation">z + b_gate.</param>
    public float MagnitudeOf(int latent, float preActivation) => _scale.Values[latent] * preActivation + _shift.Values[latent];

    internal override string IdentityOf(int latent) => string.Create(CultureInfo.InvariantCulture, $"{Name} {_scale.Values[latent]:R} {_shift.Values[latent]:R}");

    internal override float SlopeOf(int latent, float preActivation) => ActivationOf(latent, preActivation) == 0 ? 0 : _scale.Values[latent];

    internal override void Require(int latentCount)
    {
        SaeWeights.RequireSize("gate biases", GateBias, latentCount);
        SaeWeights.RequireSize("log scales", LogScale, latentCount);
        SaeWeights.RequireSize("magnitude biases", MagnitudeBias, latentCount);
    }
}
