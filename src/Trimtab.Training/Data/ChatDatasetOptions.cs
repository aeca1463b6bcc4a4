namespace Trimtab.Training.Data;

/// <summary>What to do about lines that cannot be used.</summary>
public enum UnusableLines
{
    /// <summary>Refuse the whole file.</summary>
    Refuse,

    /// <summary>Go on without them, and report each one.</summary>
    Skip,
}

/// <summary>How a data set is read.</summary>
public sealed record ChatDatasetOptions
{
    /// <summary>The most tokens that a chat may have, its template's included. Default 4096.</summary>
    public int MaxTokens
    {
        get;
        init => field = value >= 2 ? value
            : throw new ArgumentException($"Data set: at most {value} tokens for a chat were asked for — at least 2 are needed, one to predict and one before it.", nameof(value));
    } = 4096;

    /// <summary>What to do about lines that cannot be used. Default: refuse the file.</summary>
    public UnusableLines UnusableLines { get; init; }
}
