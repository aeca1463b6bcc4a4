namespace Trimtab.Models.Text;

/// <summary>Assembles a tokenizer from a sentencepiece model.</summary>
internal static class SentencePieceTokenizer
{
    public const char Mark = '\u2581';

    public static TokenizerParts Build(SentencePieceSpec spec)
    {
        var vocabulary = new Vocabulary(spec.File, spec.Pieces.Count);
        for (var id = 0; id < spec.Pieces.Count; id++)
            vocabulary.Add(spec.Pieces[id].Text, id, $"piece {id}");
        var added = spec.AddedTokens.Select(token => token.Id).ToHashSet();
        var inside = spec.Pieces.Index().Where(p => p.Item.Type == PieceType.UserDefined && !added.Contains(p.Index))
            .Select(p => (p.Item.Text, p.Index)).ToList();
        var userDefined = inside.Count > 0 ? new TokenTrie(inside) : null;
        return new TokenizerParts
        {
            Model = spec.IsUnigram ? Unigram(spec, vocabulary, added) : BytePair(spec, vocabulary, userDefined),
            Vocabulary = vocabulary.Copy(),
            AddedTokens = spec.AddedTokens,
            Normalizer = new SentencePieceNormalizer(spec, userDefined),
            Decoder = new SentencePieceDecoder(spec.AddDummyPrefix, spec.RemoveExtraWhitespaces),
            Named = new NamedTokens(spec.BosId, spec.EosId, spec.PadId, spec.UnknownId),
        };
    }

    /// <summary>Pieces merge by score; equal scores share a rank, and then the leftmost pair goes first.</summary>
    private static BytePairEncoding BytePair(SentencePieceSpec spec, Vocabulary vocabulary, TokenTrie? userDefined)
    {
        var ranks = spec.Pieces.Select(p => p.Score).Distinct().OrderDescending().Index().ToDictionary(r => r.Item, r => r.Index);
        var characters = new CharacterSymbols(vocabulary);
        var mergeable = new List<(string, int, int)>();
        foreach (var (id, piece) in spec.Pieces.Index())
            if (piece.Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused)
            {
                mergeable.Add((piece.Text, id, ranks[piece.Score]));
                characters.Admit(piece.Text);
            }
        return new BytePairEncoding(vocabulary, new BytePairOptions
        {
            Merges = MergeTable.FromPieces(mergeable, text => Symbol(text, spec, vocabulary, characters)),
            UnknownId = spec.UnknownId,
            FuseUnknown = true,
            ByteFallback = spec.ByteFallback,
            Unbreakable = userDefined,
            Characters = characters,
        });
    }

    private static int Symbol(ReadOnlySpan<char> text, SentencePieceSpec spec, Vocabulary vocabulary, CharacterSymbols characters)
    {
        if (System.Text.Rune.DecodeFromUtf16(text, out var c, out var width) == System.Buffers.OperationStatus.Done && width == text.Length)
            return characters.SymbolOf(c);
        return vocabulary.TryGetId(text, out var id)
            && spec.Pieces[id].Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused ? id : -1;
    }

    private static Unigram Unigram(SentencePieceSpec spec, Vocabulary vocabulary, HashSet<int> added)
    {
        // Only normal pieces set the range of scores, as in sentencepiece; the others' scores mean nothing.
        var normal = spec.Pieces.Where(p => p.Type == PieceType.Normal).Select(p => (double)p.Score).DefaultIfEmpty(0).ToList();
        var (least, most) = (normal.Min(), normal.Max());
        return new Unigram(vocabulary, [.. spec.Pieces.Select(p => Math.Clamp(p.Score, least, most))], new UnigramOptions
        {
            UnknownId = spec.UnknownId,
            ByteFallback = spec.ByteFallback,
            SinglePrecision = true,
            MayMatch = id => spec.Pieces[id].Type is PieceType.Normal or PieceType.UserDefined && !added.Contains(id),
            AlwaysWins = id => spec.Pieces[id].Type == PieceType.UserDefined,
        });
    }
}
