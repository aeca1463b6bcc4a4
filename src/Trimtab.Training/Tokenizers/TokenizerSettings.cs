namespace Trimtab.Training.Tokenizers;

/// <summary>What a folder says about its tokenizer besides tokens and merges: tokenizer_config.json.</summary>
public sealed record TokenizerSettings
{
    /// <summary>The special token that begins a text; null for none.</summary>
    public string? BeginToken { get; init; }

    /// <summary>The special token that ends a turn or text; null for none.</summary>
    public string? EndToken { get; init; }

    /// <summary>The special token that fills up batches in engines that need one; null for none.</summary>
    public string? PadToken { get; init; }

    /// <summary>Whether encoding puts <see cref="BeginToken"/> before a text. Default false: nothing is added.</summary>
    public bool AddBeginToken { get; init; }

    /// <summary>The Jinja source of the chat template; null for none.</summary>
    public string? ChatTemplate { get; init; }
}
