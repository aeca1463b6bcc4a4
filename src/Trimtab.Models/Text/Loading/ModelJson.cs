namespace Trimtab.Models.Text;

/// <summary>Reads the model of a tokenizer.json: vocabulary, merges or scores, and options.</summary>
internal static class ModelJson
{
    /// <param name="field">The model.</param>
    /// <param name="special">
    /// Ids of special tokens. They are cut out of the text before the model sees it, where they are meant; a unigram model must not find
    /// them in the rest, with their scores of 0 it would always prefer them.
    /// </param>
    public static ISubwordModel Read(JsonField field, HashSet<int> special) => TypeOf(field) switch
    {
        "BPE" => BytePair(field.AllowOnly("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
            "byte_fallback", "ignore_merges", "vocab", "merges")),
        "Unigram" => Unigram(field.AllowOnly("type", "unk_id", "vocab", "byte_fallback"), special),
        "WordPiece" => WordPiece(field.AllowOnly("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")),
        "WordLevel" => WordLevel(field.AllowOnly("type", "vocab", "unk_token")),
        _ => throw field["type"].Expected("a known model (BPE, Unigram, WordPiece, WordLevel)"),
    };

    /// <summary>Files of the first years leave the type out; their members tell.</summary>
    private static string TypeOf(JsonField field)
    {
        if (field.OptionalText("type") is { } type)
            return type;
        if (field.TryGet("merges", out _))
            return "BPE";
        return field.TryGet("max_input_chars_per_word", out _) ? "WordPiece"
            : throw new TokenizerFormatException($"{field.File}: model.type is missing.");
    }

    private static BytePairEncoding BytePair(JsonField field)
    {
        if (field.TryGet("dropout", out var dropout) && dropout.Number() != 0)
            throw dropout.Expected("null or 0: merging at random is for training");
        var vocabulary = TokenMap(field["vocab"]);
        var prefix = field.OptionalText("continuing_subword_prefix") ?? "";
        return new BytePairEncoding(vocabulary, new BytePairOptions
        {
            Merges = MergeTable.FromPairs(Pairs(field["merges"]), vocabulary, prefix, field.File),
            UnknownId = UnknownId(field, vocabulary),
            FuseUnknown = field.Flag("fuse_unk", false),
            ByteFallback = field.Flag("byte_fallback", false),
            IgnoreMerges = field.Flag("ignore_merges", false),
            ContinuingPrefix = prefix,
            EndOfWordSuffix = field.OptionalText("end_of_word_suffix") ?? "",
        });
    }

    /// <summary>Merges are written "left right" or, since tokens may contain spaces, ["left", "right"].</summary>
    private static List<(string, string)> Pairs(JsonField field)
    {
        var pairs = new List<(string, string)>();
        foreach (var item in field.Items())
        {
            string[] halves = item.IsText ? item.Text().Split(' ') : [.. item.Items().Select(half => half.Text())];
            if (halves is not [{ Length: > 0 }, { Length: > 0 }])
                throw item.Expected("a merge: two tokens with one space between them, or an array of two tokens");
            pairs.Add((halves[0], halves[1]));
        }
        return pairs;
    }

    private static Unigram Unigram(JsonField field, HashSet<int> special)
    {
        var vocabulary = new Vocabulary(field.File);
        var scores = new List<double>();
        foreach (var item in field["vocab"].Items())
        {
            JsonField[] pair = [.. item.Items()];
            if (pair.Length != 2)
                throw item.Expected("a piece and its score");
            vocabulary.Add(pair[0].Text(), scores.Count, item.Path);
            scores.Add(pair[1].Number());
        }
        int? unknown = field.TryGet("unk_id", out var unk) ? unk.Integer() : null;
        if (unknown is { } id && (uint)id >= (uint)scores.Count)
            throw unk.Expected($"an id below {scores.Count}, the number of pieces");
        return new Unigram(vocabulary, scores, new UnigramOptions
        {
            UnknownId = unknown,
            ByteFallback = field.Flag("byte_fallback", false),
            MayMatch = piece => !special.Contains(piece),
        });
    }

    private static WordPiece WordPiece(JsonField field)
    {
        var vocabulary = TokenMap(field["vocab"]);
        var longest = field.TryGet("max_input_chars_per_word", out var most) ? most.Integer() : 100;
        return new WordPiece(vocabulary, vocabulary.Require(field["unk_token"].Text(), "model.unk_token"),
            field.OptionalText("continuing_subword_prefix") ?? "##", longest);
    }

    private static WordLevel WordLevel(JsonField field)
    {
        var vocabulary = TokenMap(field["vocab"]);
        return new WordLevel(vocabulary, vocabulary.Require(field["unk_token"].Text(), "model.unk_token"));
    }

    private static int? UnknownId(JsonField field, Vocabulary vocabulary) =>
        field.OptionalText("unk_token") is { Length: > 0 } token ? vocabulary.Require(token, "model.unk_token") : null;

    /// <summary>Reads an object from token to id.</summary>
    public static Vocabulary TokenMap(JsonField field)
    {
        var vocabulary = new Vocabulary(field.File);
        foreach (var (token, id) in field.Members())
            vocabulary.Add(token, id.Integer(), field.Path.Length == 0 ? "the vocabulary" : field.Path);
        return vocabulary;
    }
}
