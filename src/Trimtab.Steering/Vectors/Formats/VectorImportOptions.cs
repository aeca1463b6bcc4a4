namespace Trimtab.Steering;

/// <summary>What a foreign file does not say and the caller knows. An option that a format has no use for is an error, not ignored.</summary>
public sealed record VectorImportOptions
{
    /// <summary>How the file numbers layers, where its producer cannot be told from it.</summary>
    public LayerConvention? Convention { get; init; }

    /// <summary>The layer of a file that holds one direction and does not say of which layer, in the numbering of <see cref="Convention"/>.</summary>
    public int? Layer { get; init; }

    /// <summary>L, the number of blocks of the model.</summary>
    public int? LayerCount { get; init; }

    /// <summary>Which of several token positions, counted from the end: −1 is the last.</summary>
    public int? Position { get; init; }

    /// <summary>What the model is called, for the provenance.</summary>
    public string? ModelName { get; init; }

    /// <summary>The options that were given, by the name that commands use.</summary>
    internal IEnumerable<string> Given()
    {
        foreach (var (name, value) in new (string, object?)[] { ("convention", Convention), ("layer", Layer), ("layer-count", LayerCount), ("position", Position), ("model-name", ModelName) })
            if (value is not null)
                yield return name;
    }
}

/// <summary>What a foreign format wants to know and the vector may not.</summary>
public sealed record VectorExportOptions
{
    /// <summary>
    /// The model's type in the words of the target ("qwen2"), which other tools compare with the model they run. Where it is not given: that of the file the vector was
    /// imported from, or else the architecture.
    /// </summary>
    public string? ModelHint { get; init; }

    /// <summary>L, the number of blocks of the model, where the vector's provenance does not know it.</summary>
    public int? LayerCount { get; init; }
}
