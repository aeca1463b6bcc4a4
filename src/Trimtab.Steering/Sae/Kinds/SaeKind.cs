namespace Trimtab.Steering.Sae;

/// <summary>
/// How the pre-activations of a sparse autoencoder become latents: what its kinds differ in. The family is closed; each kind is one file. F counts the latents. A
/// pre-activation that is no number gives a latent that is none, under every kind: comparisons are written so that it passes, for a row that went wrong must not
/// come out as a clean reconstruction of nothing.
/// </summary>
public abstract record SaeKind
{
    private protected SaeKind() { }

    /// <summary>The kind's name as the field writes it, such as "topk".</summary>
    public abstract string Name { get; }

    /// <summary>How many latents are active per row by the kind's own count; null where only data tells.</summary>
    public virtual double? ExpectedL0 => null;

    /// <summary>
    /// What a latent is worth by its own pre-activation alone: one dot product instead of F. Exact for all kinds but <see cref="TopK"/>, which also asks how large
    /// the others are.
    /// </summary>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="preActivation">Its pre-activation.</param>
    public abstract float ActivationOf(int latent, float preActivation);

    /// <summary>What decides over a latent beyond its pre-activation, as text: name and numbers. Together those of all latents are the whole kind.</summary>
    internal virtual string IdentityOf(int latent) => Name;

    /// <summary>The slope of <see cref="ActivationOf"/> at a pre-activation; between its steps, at which it has none.</summary>
    internal virtual float SlopeOf(int latent, float preActivation) => ActivationOf(latent, preActivation) == 0 ? 0 : 1;

    /// <summary>Adds the active latents of one row, by ascending number. Values of 0 are not active.</summary>
    internal virtual void Activate(ReadOnlySpan<float> preActivations, SparseLatents into)
    {
        for (int latent = 0; latent < preActivations.Length; latent++)
            if (ActivationOf(latent, preActivations[latent]) is not 0 and var value)
                into.Add(latent, value);
    }

    /// <summary>Refuses numbers that do not fit an autoencoder of F latents.</summary>
    internal virtual void Require(int latentCount) { }
}
