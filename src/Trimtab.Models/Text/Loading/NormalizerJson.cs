namespace Trimtab.Models.Text;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal static class NormalizerJson
{
    public static INormalizer Read(JsonField field) => field["type"].Text() switch
    {
        "Sequence" => new NormalizerSequence([.. field.AllowOnly("type", "normalizers")["normalizers"].Items().Select(Read)]),
        "NFC" => Form(field, UnicodeForm.C),
        "NFD" => Form(field, UnicodeForm.D),
        "NFKC" => Form(field, UnicodeForm.KC),
        "NFKD" => Form(field, UnicodeForm.KD),
        "Lowercase" => Plain(field, new Lowercase()),
        "StripAccents" => Plain(field, new StripAccents()),
        "Nmt" => Plain(field, new NmtCleanup()),
        "ByteLevel" => Plain(field, new ByteLevelNormalizer()),
        "Strip" => Strip(field.AllowOnly("type", "strip_left", "strip_right")),
        "Prepend" => new Prepend(field.AllowOnly("type", "prepend")["prepend"].Text()),
        "Replace" => new ReplaceMatches(PatternJson.Read(field.AllowOnly("type", "pattern", "content")["pattern"]),
            field["content"].Text()),
        "BertNormalizer" => Bert(field.AllowOnly("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase")),
        "Precompiled" => Precompiled(field.AllowOnly("type", "precompiled_charsmap")["precompiled_charsmap"]),
        _ => throw field["type"].Expected("a known normalizer (Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Nmt, "
            + "ByteLevel, Prepend, Replace, BertNormalizer, Precompiled)"),
    };

    private static UnicodeNormalizer Form(JsonField field, UnicodeForm form) => Plain(field, new UnicodeNormalizer(form));

    private static T Plain<T>(JsonField field, T normalizer)
    {
        field.AllowOnly("type");
        return normalizer;
    }

    private static StripEnds Strip(JsonField field) => new(field.Flag("strip_left", true), field.Flag("strip_right", true));

    private static BertNormalizer Bert(JsonField field)
    {
        var lowercase = field.Flag("lowercase", true);
        var stripAccents = field.Flag("strip_accents", lowercase);
        return new BertNormalizer(field.Flag("clean_text", true), field.Flag("handle_chinese_chars", true), stripAccents, lowercase);
    }

    private static GraphemeCharsmap Precompiled(JsonField field)
    {
        try
        {
            return new GraphemeCharsmap(Charsmap.Parse(Convert.FromBase64String(field.Text()), field.File, field.Path));
        }
        catch (FormatException e) when (e is not TokenizerFormatException)
        {
            throw field.Expected("base64");
        }
    }
}

/// <summary>Reads <c>{"String": …}</c> and <c>{"Regex": …}</c>.</summary>
internal static class PatternJson
{
    public static ISplitPattern Read(JsonField field)
    {
        field.AllowOnly("String", "Regex");
        if (field.OptionalText("String") is { } literal)
            return new LiteralPattern(literal);
        try
        {
            return SplitPatterns.Compile(field["Regex"].Text());
        }
        catch (TokenizerFormatException e)
        {
            throw new TokenizerFormatException($"{field.File}: {field.Path}: {e.Message}", e);
        }
    }

    /// <summary>The pattern's literal, or null for a regular expression.</summary>
    public static string? Literal(JsonField field) => field.OptionalText("String");
}
