namespace Trimtab.Training.Sae;

/// <summary>What kind of sparse autoencoder is trained. Each kind is one file: its settings and its loss.</summary>
public abstract record SaeRecipe
{
    /// <summary>The settings as text: what a checkpoint belongs to.</summary>
    internal virtual string Identity => ToString();

    internal abstract SaeObjective Objective(SaeParameters weights);
}
