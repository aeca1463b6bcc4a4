using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Reads the list of base64 byte strings and ranks that Llama 3 ships as tokenizer.model. It holds neither the split pattern nor the
/// special
/// tokens; both are Llama 3's, unless a tokenizer_config.json lists the tokens.
/// </summary>
internal static class TiktokenFile
{
    private const int Llama3Ranks = 128000;
    private const int Llama3Reserved = 256;

    /// <summary>
    /// True where the first line is base64, a space and a number; a sentencepiece model begins with a byte that is no base64.
    /// </summary>
    public static bool LooksLike(ReadOnlySpan<byte> file)
    {
        var end = file[..Math.Min(file.Length, 512)].IndexOf((byte)'\n');
        var line = end < 0 ? file[..Math.Min(file.Length, 512)] : file[..end];
        var space = line.IndexOf((byte)' ');
        return space > 0 && Base64.IsValid(line[..space]) && line[(space + 1)..].Trim((byte)'\r') is var rank && !rank.IsEmpty
            && !rank.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    public static Tokenizer Read(ReadOnlySpan<byte> file, string name, TokenizerConfig config)
    {
        var ranks = Ranks(file, name);
        var model = new BytePairEncoding(ranks, new BytePairOptions
        {
            Merges = MergeTable.FromPieces([.. ranks.Entries.Select(e => (e.Key, e.Value, e.Value))],
                text => ranks.TryGetId(text, out var id) ? id : -1),
            IgnoreMerges = true, // a piece that has a rank of its own is one token, whatever the merges would do
        });
        var vocabulary = ranks.Copy();
        var added = config.MissingAddedTokens(vocabulary);
        if (added.Count == 0)
            added = Llama3Tokens(vocabulary, name);
        var named = config.NamedTokens(vocabulary);
        named = named with { Bos = named.Bos ?? Id("<|begin_of_text|>"), Eos = named.Eos ?? Id("<|end_of_text|>") };
        return new Tokenizer(new TokenizerParts
        {
            Model = model,
            Vocabulary = vocabulary,
            AddedTokens = added,
            PreTokenizer = SplitPatterns.ByteLevel(SplitPatterns.Llama3),
            Frame = config.Framed(config.AddBos ?? named.Bos is not null, config.AddEos ?? false, named),
            Decoder = new ByteLevelDecoder(),
            Named = named,
        });

        int? Id(string token) => vocabulary.TryGetId(token, out var id) ? id : null;
    }

    private static Vocabulary Ranks(ReadOnlySpan<byte> file, string name)
    {
        var vocabulary = new Vocabulary(name);
        var line = 0;
        foreach (var range in file.Split((byte)'\n'))
        {
            line++;
            var text = file[range].Trim((byte)'\r');
            if (text.IsEmpty)
                continue;
            var space = text.IndexOf((byte)' ');
            var bytes = new byte[Math.Max(0, space)];
            if (space <= 0 || Base64.DecodeFromUtf8(text[..space], bytes, out _, out var count) != OperationStatus.Done
                || !int.TryParse(text[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rank))
                throw new TokenizerFormatException($"{name}: line {line} is {Vocabulary.Show(Encoding.Latin1.GetString(text))}; "
                    + "expected base64, a space and a rank.");
            vocabulary.Add(ByteAlphabet.Spell(bytes.AsSpan(0, count)), rank, $"line {line}");
        }
        for (var b = 0; b < 256; b++)
            if (!vocabulary.TryGetId(ByteAlphabet.CharacterOf((byte)b).ToString(), out _))
                throw new TokenizerFormatException($"{name}: the byte 0x{b:X2} has no rank; without all 256 some texts cannot be encoded.");
        return vocabulary;
    }

    private static List<AddedToken> Llama3Tokens(Vocabulary vocabulary, string name)
    {
        if (vocabulary.Size != Llama3Ranks || vocabulary.Count != Llama3Ranks)
            throw new TokenizerFormatException($"{name}: {vocabulary.Count} ranks up to {vocabulary.Size - 1}; the special tokens "
                + $"are only known for Llama 3's {Llama3Ranks}. Put a tokenizer_config.json with added_tokens_decoder beside the file.");
        string[] named =
        [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>",
            "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
        ];
        var reserved = Enumerable.Range(3, Llama3Reserved - named.Length).Select(i => $"<|reserved_special_token_{i}|>");
        var tokens = named.Concat(reserved).Index().Select(t =>
            new AddedToken { Id = Llama3Ranks + t.Index, Content = t.Item, Special = true }).ToList();
        foreach (var token in tokens)
            vocabulary.Add(token.Content, token.Id, "the special tokens");
        return tokens;
    }
}
