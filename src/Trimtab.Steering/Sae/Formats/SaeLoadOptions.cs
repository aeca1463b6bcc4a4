namespace Trimtab.Steering.Sae;

/// <summary>What a file of a sparse autoencoder does not say. An option that means nothing for the file's format is refused.</summary>
public sealed record SaeLoadOptions
{
    /// <summary>The format's name; found by the files' names where null.</summary>
    public string? Format { get; init; }

    /// <summary>k of a TopK autoencoder, where only the repository's name tells it (Qwen-Scope: the number behind L0).</summary>
    public int? K { get; init; }

    /// <summary>
    /// s = √D / (mean length of the training rows), for a SAELens file that was trained on scaled rows and does not hold the number; 1 where it is in the weights already.
    /// </summary>
    public float? InputScale { get; init; }

    /// <summary>The names of the options that are set.</summary>
    internal IEnumerable<string> Given()
    {
        if (K is not null)
            yield return nameof(K);
        if (InputScale is not null)
            yield return nameof(InputScale);
    }
}
