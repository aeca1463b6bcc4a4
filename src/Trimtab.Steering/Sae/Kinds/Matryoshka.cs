using System.Collections.Immutable;

namespace Trimtab.Steering.Sae;

/// <summary>
/// An autoencoder whose first latents, and those with the next, and so on, were each trained to reconstruct by themselves (Bussmann et al. 2025). In use it is its inner kind.
/// </summary>
/// <param name="Inner">The kind that it computes as.</param>
/// <param name="GroupSizes">How many latents each group adds; together all of them.</param>
public sealed record Matryoshka(SaeKind Inner, ImmutableArray<int> GroupSizes) : SaeKind
{
    /// <inheritdoc/>
    public override string Name => $"matryoshka {Inner.Name}";

    /// <inheritdoc/>
    public override double? ExpectedL0 => Inner.ExpectedL0;

    /// <inheritdoc/>
    public override float ActivationOf(int latent, float preActivation) => Inner.ActivationOf(latent, preActivation);

    internal override string IdentityOf(int latent) => Inner.IdentityOf(latent);

    internal override void Activate(ReadOnlySpan<float> preActivations, SparseLatents into) => Inner.Activate(preActivations, into);

    internal override void Require(int latentCount)
    {
        Inner.Require(latentCount);
        if (GroupSizes.Any(size => size <= 0) || GroupSizes.Sum(size => (long)size) != latentCount)
            throw new ArgumentException($"Matryoshka: the groups have {string.Join(", ", GroupSizes)} latents — each must have some, and together they must be the {latentCount} that there are.");
    }
}
