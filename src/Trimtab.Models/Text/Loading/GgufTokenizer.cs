namespace Trimtab.Models.Text;

/// <summary>Builds a tokenizer from GGUF metadata, with llama.cpp's reading of the keys.</summary>
internal static class GgufTokenizer
{
    public static Tokenizer Read(IReadOnlyDictionary<string, object> metadata, string file)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var source = new GgufVocabulary(metadata, file);
        return source.Model switch
        {
            "gpt2" => ByteLevelBpe(source),
            "llama" => SentencePiece(source, isUnigram: false),
            "t5" => SentencePiece(source, isUnigram: true),
            _ => throw source.Error("model", $"is {Vocabulary.Show(source.Model)}; expected gpt2 (byte-level BPE), llama "
                + "(sentencepiece BPE) or t5 (sentencepiece unigram)"),
        };
    }

    private static Tokenizer ByteLevelBpe(GgufVocabulary source)
    {
        var vocabulary = new Vocabulary(source.File, source.Tokens.Length);
        foreach (var (id, token) in source.Tokens.Index())
            vocabulary.Add(token, id, $"tokenizer.ggml.tokens[{id}]");
        var rule = GgufSplitRules.Find(source.Pre)
            ?? throw source.Error("pre", $"is {Vocabulary.Show(source.Pre)}; this pre-tokenizer is not known");
        return Finish(source, new TokenizerParts
        {
            Model = new BytePairEncoding(vocabulary, new BytePairOptions
            {
                Merges = MergeTable.FromPairs(source.Merges(), vocabulary, "", source.File),
                IgnoreMerges = rule.IgnoreMerges,
            }),
            Vocabulary = vocabulary,
            AddedTokens = source.AddedTokens(),
            Normalizer = rule.Composes ? new UnicodeNormalizer(UnicodeForm.C) : null,
            PreTokenizer = SplitPatterns.ByteLevel(rule.Patterns),
            Decoder = new ByteLevelDecoder(),
            Named = source.Named,
        }, addBosByDefault: rule.AddsBos);
    }

    private static Tokenizer SentencePiece(GgufVocabulary source, bool isUnigram)
    {
        var scores = source.Scores();
        var spec = new SentencePieceSpec
        {
            File = source.File,
            Pieces = [.. source.Tokens.Select((text, id) => new SentencePieceEntry(text, scores[id], source.Types[id]))],
            IsUnigram = isUnigram,
            ByteFallback = source.Types.Contains(PieceType.Byte),
            AddDummyPrefix = source.Flag("add_space_prefix") ?? true,
            RemoveExtraWhitespaces = source.Flag("remove_extra_whitespaces") ?? false,
            Charsmap = source.Charsmap,
            UnknownId = source.Named.Unknown ?? source.IdOfType(PieceType.Unknown),
            AddedTokens = source.AddedTokens(),
        };
        var parts = SentencePieceTokenizer.Build(spec) with { Named = source.Named with { Unknown = spec.UnknownId } };
        // What T5 expects around a text is an end, what Llama expects is a beginning.
        return Finish(source, parts, addBosByDefault: !isUnigram, addEosByDefault: isUnigram);
    }

    private static Tokenizer Finish(GgufVocabulary source, TokenizerParts parts, bool addBosByDefault, bool addEosByDefault = false)
    {
        int[] before = source.Flag("add_bos_token") ?? (addBosByDefault && parts.Named.Bos is not null) ? [Id("bos", parts.Named.Bos)] : [];
        int[] after = source.Flag("add_eos_token") ?? (addEosByDefault && parts.Named.Eos is not null) ? [Id("eos", parts.Named.Eos)] : [];
        return new Tokenizer(parts with { Frame = new SpecialTokenFrame(before, after) });

        int Id(string role, int? id) => id ?? throw source.Error($"add_{role}_token", "is true, but the metadata name no such token");
    }
}
