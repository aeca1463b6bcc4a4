namespace Trimtab.Models.Text;

/// <summary>What a tokenizer consists of, whichever file it comes from.</summary>
internal sealed record TokenizerParts
{
    public required ISubwordModel Model { get; init; }

    /// <summary>The model's tokens and the added ones.</summary>
    public required Vocabulary Vocabulary { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public INormalizer? Normalizer { get; init; }

    public IPreTokenizer? PreTokenizer { get; init; }

    public SpecialTokenFrame Frame { get; init; } = SpecialTokenFrame.None;

    public required IDecoder Decoder { get; init; }

    public required NamedTokens Named { get; init; }

    /// <summary>The sentencepiece model that the parts were built from; null for the other formats.</summary>
    public SentencePieceSpec? SentencePiece { get; init; }
}
