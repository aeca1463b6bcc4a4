using System.Globalization;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>
/// a = max(pre, 0) where pre &gt; θ, else 0, with a threshold for each latent (Rajamanoharan et al. 2024b, eq. 4). A pre-activation equal to its threshold is not
/// active; a threshold below 0 does nothing beyond the rectifier.
/// </summary>
/// <param name="Thresholds">θ, [F].</param>
public sealed record JumpRelu(Tensor Thresholds) : SaeKind
{
    /// <inheritdoc/>
    public override string Name => "jumprelu";

    /// <inheritdoc/>
    public override float ActivationOf(int latent, float preActivation) => preActivation <= Thresholds.Values[latent] ? 0 : Math.Max(preActivation, 0);

    internal override string IdentityOf(int latent) => string.Create(CultureInfo.InvariantCulture, $"{Name} {Thresholds.Values[latent]:R}");

    internal override void Activate(ReadOnlySpan<float> preActivations, SparseLatents into)
    {
        ReadOnlySpan<float> thresholds = Thresholds.Values;
        for (int latent = 0; latent < preActivations.Length; latent++)
            if (!(preActivations[latent] <= thresholds[latent] || preActivations[latent] <= 0))
                into.Add(latent, preActivations[latent]);
    }

    internal override void Require(int latentCount) => SaeWeights.RequireSize("thresholds", Thresholds, latentCount);
}
