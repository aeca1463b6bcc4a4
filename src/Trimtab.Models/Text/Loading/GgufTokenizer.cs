using System.Globalization;

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
            _ => throw source.Error("model", $"is {Vocabulary.Show(source.Model)}; expected gpt2 (byte-level BPE), llama (sentencepiece BPE) or t5 (sentencepiece unigram)"),
        };
    }

    private static Tokenizer ByteLevelBpe(GgufVocabulary source)
    {
        var vocabulary = new Vocabulary(source.File, source.Tokens.Length);
        foreach (var (id, token) in source.Tokens.Index())
            vocabulary.Add(token, id, $"tokenizer.ggml.tokens[{id}]");
        var rule = GgufSplitRules.Find(source.Pre) ?? throw source.Error("pre", $"is {Vocabulary.Show(source.Pre)}; this pre-tokenizer is not known");
        var pairs = source.Merges.Index().Select(m => m.Item.IndexOf(' ', 1) is > 0 and var cut && cut < m.Item.Length - 1
            ? (m.Item[..cut], m.Item[(cut + 1)..])
            : throw source.Error("merges", $"[{m.Index}] is {Vocabulary.Show(m.Item)}; expected two tokens with a space between them")).ToList();
        var splits = rule.Patterns.Select(IPreTokenizer (pattern) => new Split(SplitPatterns.Compile(pattern), SplitBehavior.Isolated));
        return Finish(source, new TokenizerParts
        {
            Model = new BytePairEncoding(vocabulary, new BytePairOptions
            {
                Merges = MergeTable.FromPairs(pairs, vocabulary, "", source.File),
                IgnoreMerges = rule.IgnoreMerges,
            }),
            Vocabulary = vocabulary,
            AddedTokens = source.AddedTokens(),
            Normalizer = rule.Composes ? new UnicodeNormalizer(UnicodeForm.C) : null,
            PreTokenizer = new PreTokenizerSequence([.. splits, new ByteLevel(false, null)]),
            Decoder = new ByteLevelDecoder(),
            Named = source.Named,
        }, addBosByDefault: rule.AddsBos);
    }

    private static Tokenizer SentencePiece(GgufVocabulary source, bool isUnigram)
    {
        var scores = source.Scores;
        var spec = new SentencePieceSpec
        {
            File = source.File,
            Pieces = [.. source.Tokens.Select((text, id) => new SentencePieceEntry(text, scores[id], source.Types[id]))],
            IsUnigram = isUnigram,
            ByteFallback = source.Types.Contains(PieceType.Byte),
            AddDummyPrefix = source.Flag("add_space_prefix") ?? true,
            RemoveExtraWhitespaces = source.Flag("remove_extra_whitespaces") ?? false,
            Charsmap = source.Charsmap is { Length: > 0 } blob ? Charsmap.Parse(blob, source.File, "tokenizer.ggml.precompiled_charsmap") : null,
            UnknownId = source.Named.Unknown ?? source.IdOfType(PieceType.Unknown),
            AddedTokens = source.AddedTokens(),
        };
        return Finish(source, SentencePieceTokenizer.Build(spec) with { Named = source.Named with { Unknown = spec.UnknownId } }, addBosByDefault: !isUnigram);
    }

    private static Tokenizer Finish(GgufVocabulary source, TokenizerParts parts, bool addBosByDefault)
    {
        var named = parts.Named;
        var addBos = source.Flag("add_bos_token") ?? (addBosByDefault && named.Bos is not null);
        var addEos = source.Flag("add_eos_token") ?? (source.Model == "t5" && named.Eos is not null);
        if ((addBos && named.Bos is null) || (addEos && named.Eos is null))
            throw source.Error(addBos && named.Bos is null ? "add_bos_token" : "add_eos_token", "is true, but the metadata name no such token");
        return new Tokenizer(parts with { Frame = new SpecialTokenFrame(addBos ? [named.Bos!.Value] : [], addEos ? [named.Eos!.Value] : []) });
    }
}

/// <summary>The keys under <c>tokenizer.ggml.</c>, checked.</summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly IReadOnlyDictionary<string, object> _metadata;

    public GgufVocabulary(IReadOnlyDictionary<string, object> metadata, string file)
    {
        (_metadata, File) = (metadata, file);
        Model = Required<string>("model");
        // An embedding row without a text: give it one that nothing else has.
        Tokens = [.. Required<string[]>("tokens").Select((token, id) => token.Length > 0 ? token : $"[EMPTY_{id}]")];
        Types = [.. Optional<int[]>("token_type", Tokens.Length)?.Select((t, i) => Enum.IsDefined((PieceType)t) ? (PieceType)t
            : throw Error("token_type", $"[{i}] is {t}; expected 1 to 6")) ?? Enumerable.Repeat(PieceType.Normal, Tokens.Length)];
        Named = new NamedTokens(Id("bos_token_id"), Id("eos_token_id"), Id("padding_token_id"), Id("unknown_token_id"));
    }

    public string File { get; }

    public string Model { get; }

    public string[] Tokens { get; }

    public PieceType[] Types { get; }

    public NamedTokens Named { get; }

    /// <summary>The name of the pre-tokenizer.</summary>
    public string Pre => Optional<string>("pre") ?? "default";

    public string[] Merges => Required<string[]>("merges");

    /// <summary>Some converters write whole numbers.</summary>
    public float[] Scores => Value("scores") is int[]
        ? [.. Optional<int[]>("scores", Tokens.Length)!.Select(score => (float)score)]
        : Optional<float[]>("scores", Tokens.Length) ?? throw Error("scores", "is missing");

    public byte[]? Charsmap => Value("precompiled_charsmap") switch
    {
        null => null,
        byte[] bytes => bytes,
        sbyte[] bytes => [.. bytes.Select(b => (byte)b)],
        var other => throw WrongType("precompiled_charsmap", other, typeof(byte[])),
    };

    public bool? Flag(string key) => Value(key) switch
    {
        null => null,
        bool flag => flag,
        var other => throw WrongType(key, other, typeof(bool)),
    };

    public int? IdOfType(PieceType type) => Array.IndexOf(Types, type) is >= 0 and var id ? id : null;

    /// <summary>Control, unknown and user-defined tokens are cut out of the text.</summary>
    public List<AddedToken> AddedTokens()
    {
        var keepsSpaces = Name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || Name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
        var tokens = new List<AddedToken>();
        for (var id = 0; id < Tokens.Length; id++)
            if (Types[id] is PieceType.Control or PieceType.Unknown or PieceType.UserDefined)
                tokens.Add(new AddedToken
                {
                    Id = id,
                    Content = Tokens[id],
                    Special = Types[id] != PieceType.UserDefined,
                    // GGUF cannot say that Phi-3's tokens swallow the white space after them; llama.cpp goes by the name as well.
                    StripRight = keepsSpaces && Types[id] != PieceType.Unknown && Tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>"),
                });
        return tokens;
    }

    private string Name => _metadata.TryGetValue("general.name", out var name) && name is string text ? text : "";

    public TokenizerFormatException Error(string key, string what) => new($"{File}: {Prefix}{key} {what}.");

    private int? Id(string key)
    {
        if (Value(key) is not { } value)
            return null;
        if (value is not (byte or sbyte or short or ushort or int or uint or long or ulong))
            throw WrongType(key, value, typeof(uint));
        var id = Convert.ToDecimal(value, CultureInfo.InvariantCulture);
        return id >= 0 && id < Tokens.Length ? (int)id : throw Error(key, $"is {id}; there are {Tokens.Length} tokens");
    }

    private object? Value(string key) => _metadata.GetValueOrDefault(Prefix + key);

    private T Required<T>(string key)
        where T : class => Optional<T>(key) ?? throw Error(key, "is missing");

    private T? Optional<T>(string key, int? length = null)
        where T : class => Value(key) switch
        {
            null => null,
            Array array when length is { } expected && array is T && array.Length != expected =>
                throw Error(key, $"has {array.Length} items; there are {expected} tokens"),
            T typed => typed,
            var other => throw WrongType(key, other, typeof(T)),
        };

    private TokenizerFormatException WrongType(string key, object value, Type expected) => Error(key, $"is of type {value.GetType().Name}; expected {expected.Name}");
}
