namespace Trimtab.Training.Tokenizers;

/// <summary>
/// Trains a byte-level tokenizer by byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909, algorithm 1): from the 256 bytes on, the pair of neighbouring tokens that is most
/// frequent inside of words becomes a token, again and again. Of equally frequent pairs the one whose left token is older goes first, then the one whose right token is. So the
/// result follows from the texts alone.
/// </summary>
public sealed record BytePairTrainer
{
    private const int Bytes = 256;

    /// <summary>How many tokens there are to be, special ones and the 256 bytes included. There are fewer where the texts have no more frequent pairs.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Tokens that the texts' pieces are never merged into, and that text in which they occur is cut at. They get the last ids, in their order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>How often a pair has to occur to become a token. Default 2.</summary>
    public long MinCount
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Byte pairs: a least count of {value} was asked for — it must be at least 1.", nameof(value));
    } = 2;

    /// <summary>Learns the merges of texts. Memory grows with the number of different words, not with the length of the texts.</summary>
    /// <param name="texts">The texts; half a surrogate pair counts as U+FFFD.</param>
    /// <exception cref="ArgumentException">The vocabulary has no room for bytes and special tokens, or a special token is empty, a single byte or given twice.</exception>
    public BytePairVocabulary Train(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Validate();
        var tokens = new List<string>(ByteCharacters.All);
        var ids = tokens.Index().ToDictionary(token => token.Item, token => token.Index, StringComparer.Ordinal);
        var merges = new OrderedDictionary<(int Left, int Right), (string, string)>();
        var pairs = new PairCounts(WordCounts.Of(texts, SpecialTokens));
        while (tokens.Count < VocabularySize - SpecialTokens.Count && pairs.TryTakeMostFrequent(MinCount, out var pair))
        {
            string merged = tokens[pair.Left] + tokens[pair.Right];
            if (SpecialTokens.Contains(merged))
                continue;
            // Two pairs may make the same token ("a" + "aa", "aa" + "a"); it keeps its id.
            if (ids.TryAdd(merged, tokens.Count))
                tokens.Add(merged);
            // A pair that was merged everywhere can come into being once more, from a token that a second pair makes. Its rank stays.
            merges.TryAdd(pair, (tokens[pair.Left], tokens[pair.Right]));
            pairs.Merge(pair, ids[merged]);
        }
        return new BytePairVocabulary(tokens, [.. merges.Values], SpecialTokens);
    }

    private void Validate()
    {
        if (VocabularySize < Bytes + SpecialTokens.Count)
            throw new ArgumentException($"Byte pairs: {VocabularySize} tokens were asked for — {Bytes} bytes and {SpecialTokens.Count} special tokens need {Bytes + SpecialTokens.Count}.");
        if (SpecialTokens.FirstOrDefault(token => token.Length < 2) is { } tiny)
            throw new ArgumentException($"Byte pairs: the special token \"{tiny}\" is shorter than two characters — texts would hold it by chance. Name it like <|{tiny}|>.");
        if (SpecialTokens.Distinct(StringComparer.Ordinal).Count() < SpecialTokens.Count)
            throw new ArgumentException($"Byte pairs: a special token is given twice — {string.Join(", ", SpecialTokens)}. Name each once.");
    }
}
