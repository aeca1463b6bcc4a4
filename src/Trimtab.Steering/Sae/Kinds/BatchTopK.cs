using System.Globalization;

namespace Trimtab.Steering.Sae;

/// <summary>
/// BatchTopK (Bussmann et al. 2024) in use: trained with the k · T largest pre-activations of T rows, it keeps those above one threshold, which training estimated,
/// so that a row does not depend on the others: a = pre where pre &gt; max(θ, 0), else 0.
/// </summary>
/// <param name="K">The mean number of active latents it was trained with.</param>
/// <param name="Threshold">θ, at least 0.</param>
public sealed record BatchTopK(int K, float Threshold) : SaeKind
{
    /// <summary>θ, at least 0.</summary>
    public float Threshold { get; init; } = Threshold >= 0
        ? Threshold
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"BatchTopK: the threshold is {Threshold} — training had not estimated one when the file was written. Without it a row's latents depend on the other rows of its batch; use a later checkpoint."), nameof(Threshold));

    /// <inheritdoc/>
    public override string Name => "batchtopk";

    /// <inheritdoc/>
    public override double? ExpectedL0 => K;

    /// <inheritdoc/>
    public override float ActivationOf(int latent, float preActivation) => preActivation <= Threshold ? 0 : preActivation;

    internal override string IdentityOf(int latent) => string.Create(CultureInfo.InvariantCulture, $"{Name} {Threshold:R}");
}
