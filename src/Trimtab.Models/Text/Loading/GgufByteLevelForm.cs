namespace Trimtab.Models.Text;

/// <summary>The form "gpt2": byte-level BPE, by tokens, merges and the name of a split.</summary>
internal static class GgufByteLevelForm
{
    // What ends in these alternatives, after the words and signs, leaves no character unmatched.
    private const string CoversAllText = @"|\s+(?!\S)|\s+";

    /// <summary>Writes a tokenizer that is byte-level BPE; false for any other.</summary>
    public static bool TryWrite(GgufTokenizerDraft draft)
    {
        var parts = draft.Parts;
        if (parts.Model is not BytePairEncoding { Options: { ContinuingPrefix: "", EndOfWordSuffix: "" } options } || parts.Decoder is not ByteLevelDecoder
            || Steps(parts.PreTokenizer) is not [.., ByteLevel spelling] steps)
            return false;
        draft.PutTokens("gpt2", _ => PieceType.Normal);
        draft.Put("merges", options.Merges.Entries.Where(entry => Math.Max(entry.Merge.Id, Math.Max(entry.Left, entry.Right)) < draft.Size)
            .Select(entry => $"{Text(entry.Left)} {Text(entry.Right)}").ToArray());
        PutSplit(draft, steps, options.IgnoreMerges);
        if (spelling.AddsPrefixSpace)
            draft.Notes.Add("The tokenizer puts a space before a text; the file cannot say that of byte-level vocabularies, so first words may get other tokens.");
        return true;

        string Text(int id) => parts.Vocabulary.TryGetToken(id, out var text) ? text : "";
    }

    private static void PutSplit(GgufTokenizerDraft draft, IReadOnlyList<IPreTokenizer> steps, bool ignoresMerges)
    {
        var composes = draft.Parts.Normalizer is UnicodeNormalizer { Form: UnicodeForm.C };
        if (draft.Parts.Normalizer is not null && !composes)
            draft.Notes.Add("The tokenizer rewrites text before it splits it; the file cannot say how, so readers will take text as it is.");
        if (Patterns(steps) is not { } patterns || GgufSplitRules.NameOf(patterns, ignoresMerges, composes) is not var (name, rule))
        {
            draft.Notes.Add("No name is known for the way the tokenizer splits text, so tokenizer.ggml.pre is left out; readers will split text in their default way, "
                + "close to GPT-2's, and may give other tokens.");
            return;
        }
        draft.Put("pre", name);
        if (rule.IgnoreMerges != ignoresMerges)
            draft.Notes.Add(ignoresMerges
                ? $"The tokenizer takes a piece that is a token whole; under the name {name} readers will merge it together, which may give other tokens."
                : $"The tokenizer merges every piece together; under the name {name} readers will take a piece that is a token whole, which may give other tokens.");
        if (composes)
            draft.Notes.Add($"The tokenizer composes characters first (NFC); under the name {name} {(rule.Composes ? "llama.cpp does" : "readers do")} not, "
                + "so decomposed text gets other tokens there.");
    }

    /// <summary>The pre-tokenizers one after the other, those inside of others too.</summary>
    private static List<IPreTokenizer> Steps(IPreTokenizer? preTokenizer) => preTokenizer switch
    {
        null => [],
        PreTokenizerSequence sequence => [.. sequence.Parts.SelectMany(Steps)],
        ByteLevel { Inner: { } inner } spelling => [.. Steps(inner), spelling],
        _ => [preTokenizer],
    };

    /// <summary>The patterns at which text is cut; null where one of the steps does something else.</summary>
    private static List<string>? Patterns(IReadOnlyList<IPreTokenizer> steps)
    {
        var patterns = new List<string>();
        foreach (var step in steps.SkipLast(1))
            if (step is Split { Pattern.Expression: { } expression } split
                && (split is { Behavior: SplitBehavior.Isolated, Inverts: false } || KeepsMatches(split, expression)))
                patterns.Add(expression);
            else
                return null;
        return patterns;
    }

    // Files converted from tiktoken say "remove what lies between the matches", where nothing does.
    private static bool KeepsMatches(Split split, string expression) =>
        split is { Behavior: SplitBehavior.Removed, Inverts: true } && expression.EndsWith(CoversAllText, StringComparison.Ordinal);
}
