namespace Trimtab.Models.Text;

/// <summary>A tokenizer as GGUF metadata.</summary>
/// <param name="Metadata">The keys under <c>tokenizer.ggml.</c>; empty where the format has no form for the tokenizer.</param>
/// <param name="Notes">What the metadata cannot say, or what other readers make of them; one sentence each.</param>
internal sealed record WrittenTokenizer(IReadOnlyDictionary<string, object> Metadata, IReadOnlyList<string> Notes);

/// <summary>Writes a tokenizer as the GGUF metadata that <see cref="GgufTokenizer"/> reads: the inverse as far as the format has words for it.</summary>
internal static class GgufTokenizerWriter
{
    /// <param name="tokenizer">From any file.</param>
    /// <param name="modelName">The general.name of the file, by which readers recognise Phi-3.</param>
    /// <param name="rows">How many rows the embedding has.</param>
    public static WrittenTokenizer Write(Tokenizer tokenizer, string modelName, int rows)
    {
        var draft = new GgufTokenizerDraft(tokenizer.Parts, rows);
        if (!GgufByteLevelForm.TryWrite(draft) && !GgufSentencePieceForm.TryWrite(draft))
            return new(new Dictionary<string, object>(),
                ["The file has no tokenizer: the format has a form for byte-level BPE and for sentencepiece's models, and this tokenizer is neither. Readers will take token ids only."]);
        draft.PutNamed();
        var metadata = draft.Metadata.ToDictionary();
        metadata["general.name"] = modelName;
        var read = GgufTokenizer.Read(metadata, modelName).Parts;
        return new(draft.Metadata, [.. draft.Notes, .. AddedTokenLosses(draft, read), .. MergeLosses(draft, read)]);
    }

    private static IEnumerable<string> AddedTokenLosses(GgufTokenizerDraft draft, TokenizerParts read)
    {
        var readings = read.AddedTokens.ToDictionary(token => token.Id);
        var written = draft.Parts.AddedTokens.Where(token => token.Id < draft.Size).DistinctBy(token => token.Id).ToList();
        var pairs = written.Where(token => readings.ContainsKey(token.Id)).Select(token => (Token: token, Read: readings[token.Id])).ToList();
        var normalizer = draft.Parts.Normalizer;
        return new[]
        {
            Loss(pairs.Where(p => (p.Token.StripLeft, p.Token.StripRight) != (p.Read.StripLeft, p.Read.StripRight)), "readers treat the white space beside it differently"),
            Loss(pairs.Where(p => p.Token.SingleWord), "readers find it inside of words too"),
            Loss(pairs.Where(p => p.Token.Normalized && normalizer is not null && normalizer.Normalize(p.Token.Content) != p.Token.Content),
                "the tokenizer looks for it in rewritten text, readers of the file look for it in the text as it is"),
            Loss(pairs.Where(p => p.Token.IsPlainText != p.Read.IsPlainText), "the tokenizer admits it as plain text, readers of the file may not"),
            Loss(read.AddedTokens.Where(token => written.TrueForAll(known => known.Id != token.Id)).Select(token => (token, token)),
                "readers cut it out of the text before they split it, the tokenizer does not"),
        }.OfType<string>();
    }

    private static string? Loss(IEnumerable<(AddedToken Token, AddedToken Read)> tokens, string what)
    {
        var all = tokens.ToList();
        return all.Count == 0 ? null : $"Added token {Vocabulary.Show(all[0].Token.Content)}{(all.Count > 1 ? $" and {all.Count - 1} others" : "")}: {what}.";
    }

    /// <summary>Pieces with scores allow every pair that makes a piece, in the order of the pieces; a table of pairs may know fewer, in an order of its own.</summary>
    private static IEnumerable<string> MergeLosses(GgufTokenizerDraft draft, TokenizerParts read)
    {
        if (draft.Parts.SentencePiece is not null || read.SentencePiece is null || draft.Parts.Model is not BytePairEncoding model || read.Model is not BytePairEncoding other)
            yield break;
        var further = other.Options.Merges.Entries.Count(entry => !model.Options.Merges.TryGet(entry.Left, entry.Right, out _));
        int misplaced = 0, reached = -1;
        foreach (var (left, right, _) in model.Options.Merges.Entries)
            if (!other.Options.Merges.TryGet(left, right, out var merge) || merge.Rank < reached)
                misplaced++;
            else
                reached = merge.Rank;
        if (further + misplaced > 0)
            yield return $"The tokenizer ranks pairs, the file's form whole pieces: {further} further pairs may merge and {misplaced} change their rank, so some words may get other tokens.";
    }
}
