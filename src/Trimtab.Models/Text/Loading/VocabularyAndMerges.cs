namespace Trimtab.Models.Text;

/// <summary>Reads the older layout of byte-level BPE tokenizers: vocab.json and merges.txt, as GPT-2 and Qwen2 ship them.</summary>
internal static class VocabularyAndMerges
{
    public static Tokenizer Read(
        ReadOnlyMemory<byte> vocabularyJson, string vocabularyFile, IEnumerable<string> mergeLines, string mergesFile, TokenizerConfig config)
    {
        var (pattern, normalizer) = SplitOf(config.TokenizerClass, vocabularyFile);
        var tokens = ModelJson.TokenMap(JsonField.Parse(vocabularyJson, vocabularyFile));
        var model = new BytePairEncoding(tokens, new BytePairOptions
        {
            Merges = MergeTable.FromPairs(Merges(mergeLines, mergesFile), tokens, "", mergesFile),
        });
        var vocabulary = tokens.Copy();
        var added = config.MissingAddedTokens(vocabulary, all: true);
        // GPT-2 came without any configuration; its one special token has always been this.
        if (added.Count == 0 && vocabulary.TryGetId("<|endoftext|>", out var end))
            added.Add(new AddedToken { Id = end, Content = "<|endoftext|>", Special = true });
        return new Tokenizer(new TokenizerParts
        {
            Model = model,
            Vocabulary = vocabulary,
            AddedTokens = added,
            Normalizer = normalizer,
            PreTokenizer = SplitPatterns.ByteLevel(pattern),
            Frame = config.Framed(config.AddBos ?? false, config.AddEos ?? false, config.NamedTokens(vocabulary)),
            Decoder = new ByteLevelDecoder(),
            Named = config.NamedTokens(vocabulary),
        });
    }

    private static (string Pattern, INormalizer? Normalizer) SplitOf(string? tokenizerClass, string file) => tokenizerClass switch
    {
        null or "GPT2Tokenizer" or "GPT2TokenizerFast" or "CodeGenTokenizer" or "CodeGenTokenizerFast" => (SplitPatterns.Gpt2, null),
        "Qwen2Tokenizer" or "Qwen2TokenizerFast" => (SplitPatterns.Qwen2, new UnicodeNormalizer(UnicodeForm.C)),
        _ => throw new TokenizerFormatException($"{file}: tokenizer_class is {Vocabulary.Show(tokenizerClass)}; how it splits text "
            + "is only known for GPT2Tokenizer, CodeGenTokenizer and Qwen2Tokenizer. Convert the tokenizer to a tokenizer.json."),
    };

    private static List<(string, string)> Merges(IEnumerable<string> lines, string file)
    {
        var pairs = new List<(string, string)>();
        foreach (var (number, line) in lines.Index())
        {
            // Only the first line may be a comment: "#" and "##" are tokens.
            if (line.Length == 0 || (number == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            if (line.Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right])
                throw new TokenizerFormatException($"{file}: line {number + 1} is {Vocabulary.Show(line)}; expected two tokens with "
                    + "a space between them.");
            pairs.Add((left, right));
        }
        return pairs;
    }
}
