namespace Trimtab.Steering.Sae;

/// <summary>a = max(pre, 0): trained with a penalty on the sum of latents (Bricken et al. 2023; Cunningham et al. 2023).</summary>
public sealed record Relu : SaeKind
{
    /// <inheritdoc/>
    public override string Name => "relu";

    /// <inheritdoc/>
    public override float ActivationOf(int latent, float preActivation) => Math.Max(preActivation, 0);
}
