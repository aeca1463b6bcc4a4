namespace Trimtab.Models.Text;

/// <summary>The tokens that a folder's configuration gives a role.</summary>
internal sealed record NamedTokens(int? Bos = null, int? Eos = null, int? Pad = null, int? Unknown = null);

/// <summary>
/// What a folder says about its tokenizer beside the tokenizer file, in tokenizer_config.json. That file holds arguments of Python classes
/// without end, most of them not about ids; those that are, are read here.
/// </summary>
internal sealed class TokenizerConfig
{
    /// <summary>
    /// Classes that build their frame from add_bos_token and add_eos_token, whatever post-processor the tokenizer file has.
    /// </summary>
    private static readonly HashSet<string> FramedByFlags =
        ["LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast"];

    private readonly JsonField? _root;

    private TokenizerConfig(JsonField? root) => _root = root;

    /// <summary>No configuration.</summary>
    public static TokenizerConfig None { get; } = new(null);

    public static TokenizerConfig Read(ReadOnlyMemory<byte> json, string file) => new(JsonField.Parse(json, file));

    /// <summary>The Python class, without which a folder of vocab.json and merges.txt does not say how it splits text.</summary>
    public string? TokenizerClass => _root?.OptionalText("tokenizer_class");

    public bool? AddBos => Flag("add_bos_token");

    public bool? AddEos => Flag("add_eos_token");

    public NamedTokens NamedTokens(Vocabulary vocabulary) =>
        new(Id("bos_token", vocabulary), Id("eos_token", vocabulary), Id("pad_token", vocabulary), Id("unk_token", vocabulary));

    /// <summary>Tokens of added_tokens_decoder that the tokenizer file does not have; they are entered into the vocabulary.</summary>
    public List<AddedToken> MissingAddedTokens(Vocabulary vocabulary, bool all = false)
    {
        var tokens = new List<AddedToken>();
        if (_root is not { } root || !root.TryGet("added_tokens_decoder", out var field))
            return tokens;
        foreach (var (name, item) in field.Members())
        {
            if (!int.TryParse(name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id))
                throw new TokenizerFormatException($"{root.File}: {item.Path} is not named by an id.");
            var known = vocabulary.TryGetId(item["content"].Text(), out _);
            var token = AddedTokenJson.Read(item, id, item.Flag("special", false));
            AddedTokenJson.Register(token, vocabulary, item.Path, root.File);
            if (all || !known)
                tokens.Add(token);
        }
        return tokens;
    }

    /// <summary>The frame of the tokenizer file, or the one that the configuration's class would put in its place.</summary>
    public SpecialTokenFrame FrameOver(SpecialTokenFrame frame, Vocabulary vocabulary)
    {
        if (TokenizerClass is not { } name || !FramedByFlags.Contains(name))
            return frame;
        var named = NamedTokens(vocabulary);
        // Without a word about BOS the class would fall back on a token of its own choice; the tokenizer file knows better.
        return named.Bos is null && AddBos is null ? frame : Framed(AddBos ?? true, AddEos ?? false, named);
    }

    /// <summary>A frame of the beginning and the end token, as flags ask for them.</summary>
    public SpecialTokenFrame Framed(bool addBos, bool addEos, NamedTokens named)
    {
        return new SpecialTokenFrame(Ids(addBos, named.Bos, "bos"), Ids(addEos, named.Eos, "eos"));

        int[] Ids(bool add, int? id, string name) => !add ? [] : id is { } known ? [known]
            : throw new TokenizerFormatException($"{_root?.File ?? "the tokenizer"}: add_{name}_token is true, but there is no "
                + $"{name}_token.");
    }

    private bool? Flag(string name) => _root is { } root && root.TryGet(name, out var field) ? field.Flag() : null;

    private int? Id(string name, Vocabulary vocabulary)
    {
        if (_root is not { } root || !root.TryGet(name, out var field))
            return null;
        var content = field.IsText ? field.Text() : field["content"].Text();
        return vocabulary.TryGetId(content, out var id) ? id : null;
    }
}
