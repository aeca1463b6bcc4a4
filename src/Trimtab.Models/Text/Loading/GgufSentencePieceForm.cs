namespace Trimtab.Models.Text;

/// <summary>
/// The forms "llama" and "t5": pieces with scores. A sentencepiece model goes into them as it is. A tokenizer.json in sentencepiece's manner ranks pairs
/// instead of pieces: a piece is scored by the rank of its best pair.
/// </summary>
internal static class GgufSentencePieceForm
{
    private const char Mark = SentencePieceTokenizer.Mark;

    // Every published tokenizer of this kind treats these alike, but for the space in front.
    private static readonly string[] Plain = ["a b", "a  b ", "B\n\tc"];

    /// <summary>Writes a tokenizer of sentencepiece's kind; false for any other.</summary>
    public static bool TryWrite(GgufTokenizerDraft draft) => draft.Parts.SentencePiece is { } spec ? TryWrite(draft, spec) : TryWriteMerges(draft);

    private static bool TryWrite(GgufTokenizerDraft draft, SentencePieceSpec spec)
    {
        if (!spec.EscapeWhitespaces)
            return false;
        draft.PutTokens(spec.IsUnigram ? "t5" : "llama", id => id < spec.Pieces.Count ? spec.Pieces[id].Type : PieceType.Normal);
        var lowest = spec.Pieces.Min(piece => piece.Score);
        draft.Put("scores", Enumerable.Range(0, draft.Size).Select(id => id < spec.Pieces.Count ? spec.Pieces[id].Score : lowest - 1).ToArray());
        draft.Put("add_space_prefix", spec.AddDummyPrefix);
        draft.Put("remove_extra_whitespaces", spec.RemoveExtraWhitespaces);
        if (spec.Charsmap is { } charsmap)
            draft.Put("precompiled_charsmap", charsmap.Bytes.ToArray());
        if (!spec.IsUnigram && (spec.RemoveExtraWhitespaces || spec.Charsmap is not null))
            draft.Notes.Add("The tokenizer rewrites text before it splits it (rules for characters or extra white space); llama.cpp does so for unigram models only.");
        return true;
    }

    private static bool TryWriteMerges(GgufTokenizerDraft draft)
    {
        var parts = draft.Parts;
        if (parts.Model is not BytePairEncoding { Options: { ContinuingPrefix: "", EndOfWordSuffix: "", IgnoreMerges: false } options } || SpacePrefix(parts) is not { } prefix)
            return false;
        draft.PutTokens("llama", id => id == options.UnknownId ? PieceType.Unknown
            : options.ByteFallback && parts.Vocabulary.TryGetToken(id, out var text) && ByteTokens.TryParse(text, out _) ? PieceType.Byte : PieceType.Normal);
        draft.Put("scores", Scores(options.Merges, draft.Size));
        draft.Put("add_space_prefix", prefix);
        NoteRewriting(draft, prefix);
        if (!AllBytes(parts.Vocabulary))
            draft.Notes.Add("The vocabulary cannot spell every byte; other readers may refuse text with characters that no token covers.");
        return true;
    }

    /// <summary>Minus the rank of the best pair that makes a piece; what no pair makes comes last.</summary>
    private static float[] Scores(MergeTable merges, int size)
    {
        var scores = new float[size];
        Array.Fill(scores, -1 - merges.Count);
        foreach (var (_, _, merge) in merges.Entries.Reverse())
            if (merge.Id < size)
                scores[merge.Id] = -merge.Rank;
        return scores;
    }

    /// <summary>Whether a space is put before a text; null where text is treated in another way than the form can say.</summary>
    private static bool? SpacePrefix(TokenizerParts parts)
    {
        foreach (var prefix in (bool[])[true, false])
            if (Plain.All(text => Rewritten(parts, text) == Expected(text, prefix)))
                return prefix;
        return null;
    }

    private static void NoteRewriting(GgufTokenizerDraft draft, bool prefix)
    {
        var parts = draft.Parts;
        if (prefix && Rewritten(parts, "a", atStart: false) != Expected("a", prefix))
            draft.Notes.Add("The tokenizer puts a space before the beginning of a text only; readers of the file put one after each special token too.");
        if (Rewritten(parts, " a") != Expected(" a", prefix))
            draft.Notes.Add("The tokenizer puts no second space before a text that begins with one; readers of the file do.");
        if (Rewritten(parts, "e\u0301 \uFF21\u00A0x") != Expected("e\u0301 \uFF21\u00A0x", prefix))
            draft.Notes.Add("The tokenizer rewrites characters before it splits text; the file cannot say how, so readers will take text as it is.");
        if (Pieces(parts, "a b", atStart: true).Count > 1)
            draft.Notes.Add("The tokenizer splits text into words first; readers of the file do not, so tokens that reach over words may come out there.");
    }

    private static string Expected(string text, bool prefix) => (prefix ? " " + text : text).Replace(' ', Mark);

    private static string Rewritten(TokenizerParts parts, string text, bool atStart = true) => string.Concat(Pieces(parts, text, atStart));

    private static List<string> Pieces(TokenizerParts parts, string text, bool atStart)
    {
        var normalized = parts.Normalizer?.Normalize(text) ?? text;
        var pieces = new List<Piece> { new(normalized.AsMemory(), atStart) };
        if (parts.PreTokenizer is { } preTokenizer)
        {
            var whole = pieces;
            preTokenizer.Apply(whole, pieces = []);
        }
        return [.. pieces.Select(piece => piece.Text.ToString())];
    }

    private static bool AllBytes(Vocabulary vocabulary) => Enumerable.Range(0, 256).All(b => vocabulary.TryGetId($"<0x{b:X2}>", out _));
}
