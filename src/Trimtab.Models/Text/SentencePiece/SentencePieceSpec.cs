namespace Trimtab.Models.Text;

/// <summary>What a piece is for; the numbers are those of the file formats.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece of a sentencepiece vocabulary; its place in the list is its id.</summary>
internal readonly record struct SentencePieceEntry(string Text, float Score, PieceType Type);

/// <summary>A sentencepiece model, read from its own format or from GGUF metadata.</summary>
internal sealed record SentencePieceSpec
{
    public required string File { get; init; }

    public required IReadOnlyList<SentencePieceEntry> Pieces { get; init; }

    /// <summary>True for a unigram model, false for BPE.</summary>
    public bool IsUnigram { get; init; }

    public bool ByteFallback { get; init; }

    /// <summary>Put a space before the text.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Drop spaces at the ends and make one of several.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Write spaces as U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    public Charsmap? Charsmap { get; init; }

    public int? UnknownId { get; init; }

    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? PadId { get; init; }

    /// <summary>
    /// Which added tokens are cut out of the text before sentencepiece sees it; user-defined pieces left out here are matched inside.
    /// </summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }
}
