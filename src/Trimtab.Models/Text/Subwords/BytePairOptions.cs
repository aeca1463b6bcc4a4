namespace Trimtab.Models.Text;

/// <summary>What a byte-pair model does besides merging; the names are those of tokenizer.json.</summary>
internal sealed record BytePairOptions
{
    public required MergeTable Merges { get; init; }

    /// <summary>The id for characters outside the vocabulary; without one such characters vanish, as in the published tokenizers.</summary>
    public int? UnknownId { get; init; }

    /// <summary>One unknown token for a whole run of unknown characters.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Spell unknown characters by the tokens of their UTF-8 bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>A piece that is itself a token is not merged together but taken whole.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A mark on every character but the first of a piece, such as "##".</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>A mark on the last character of a piece, such as "&lt;/w&gt;".</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>Pieces that are always tokens of their own and never merge (sentencepiece's user-defined symbols).</summary>
    public TokenTrie? Unbreakable { get; init; }

    /// <summary>Symbols of single characters where they are more than the vocabulary's own.</summary>
    public CharacterSymbols? Characters { get; init; }
}
