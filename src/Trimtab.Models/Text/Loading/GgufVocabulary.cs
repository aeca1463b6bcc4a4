using System.Globalization;

namespace Trimtab.Models.Text;

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

    /// <summary>One score per token. Some converters write whole numbers.</summary>
    public float[] Scores()
    {
        var scores = Value("scores") is int[]
            ? [.. Optional<int[]>("scores", Tokens.Length)!.Select(score => (float)score)]
            : Optional<float[]>("scores", Tokens.Length) ?? throw Error("scores", "is missing");
        var bad = Array.FindIndex(scores, score => !float.IsFinite(score));
        return bad < 0 ? scores : throw Error("scores", $"[{bad}] is {scores[bad]}; expected a finite number");
    }

    /// <summary>The pairs that merge, best first. A token may itself begin with a space, so the first character never separates.</summary>
    public List<(string Left, string Right)> Merges()
    {
        var merges = Required<string[]>("merges");
        var pairs = new List<(string, string)>(merges.Length);
        foreach (var (index, merge) in merges.Index())
        {
            var cut = merge.Length > 0 ? merge.IndexOf(' ', 1) : -1;
            if (cut < 0 || cut == merge.Length - 1)
                throw Error("merges", $"[{index}] is {Vocabulary.Show(merge)}; expected two tokens with a space between them");
            pairs.Add((merge[..cut], merge[(cut + 1)..]));
        }
        return pairs;
    }

    public Charsmap? Charsmap => Value("precompiled_charsmap") switch
    {
        null => null,
        byte[] bytes => Text.Charsmap.Parse(bytes, File, Prefix + "precompiled_charsmap"),
        sbyte[] bytes => Text.Charsmap.Parse([.. bytes.Select(b => (byte)b)], File, Prefix + "precompiled_charsmap"),
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
        var keepsSpaces = Name.Contains("phi-3", StringComparison.OrdinalIgnoreCase)
            || Name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
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

    private TokenizerFormatException WrongType(string key, object value, Type expected) =>
        Error(key, $"is of type {value.GetType().Name}; expected {expected.Name}");
}
