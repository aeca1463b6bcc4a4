namespace Trimtab.Models.Text;

/// <summary>Reads the pre-tokenizer of a tokenizer.json.</summary>
internal static class PreTokenizerJson
{
    public static IPreTokenizer Read(JsonField field) => field["type"].Text() switch
    {
        "Sequence" => new PreTokenizerSequence([.. field.AllowOnly("type", "pretokenizers")["pretokenizers"].Items().Select(Read)]),
        "ByteLevel" => ByteLevel(field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")),
        "Split" => Split(field.AllowOnly("type", "pattern", "behavior", "invert")),
        "Metaspace" => Metaspace(field.AllowOnly("type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")),
        "Digits" => CharacterKinds.Digits(field.AllowOnly("type", "individual_digits").Flag("individual_digits", false)),
        "Punctuation" => CharacterKinds.Punctuation(Behavior(field.AllowOnly("type", "behavior"))),
        "Whitespace" => Plain(field, CharacterKinds.Whitespace()),
        "WhitespaceSplit" => Plain(field, CharacterKinds.WhitespaceSplit()),
        "BertPreTokenizer" => Plain(field, CharacterKinds.Bert()),
        "CharDelimiterSplit" => CharacterKinds.CharDelimiterSplit(field.AllowOnly("type", "delimiter")["delimiter"].Text()),
        _ => throw field["type"].Expected("a known pre-tokenizer (Sequence, ByteLevel, Split, Metaspace, Digits, Punctuation, "
            + "Whitespace, WhitespaceSplit, BertPreTokenizer, CharDelimiterSplit)"),
    };

    private static IPreTokenizer Plain(JsonField field, IPreTokenizer preTokenizer)
    {
        field.AllowOnly("type");
        return preTokenizer;
    }

    private static ByteLevel ByteLevel(JsonField field) =>
        new(field.Flag("add_prefix_space", true), field.Flag("use_regex", true) ? SplitPatterns.Gpt2Split() : null);

    private static Split Split(JsonField field) => new(PatternJson.Read(field["pattern"]), Behavior(field), field.Flag("invert", false));

    private static SplitBehavior Behavior(JsonField field) => !field.TryGet("behavior", out var behavior) ? SplitBehavior.Isolated
        : Enum.TryParse<SplitBehavior>(behavior.Text(), out var value) && Enum.IsDefined(value)
            && !char.IsAsciiDigit(behavior.Text()[0]) ? value
        : throw behavior.Expected("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");

    private static Metaspace Metaspace(JsonField field) =>
        new(MetaspaceJson.Replacement(field), MetaspaceJson.Scheme(field), field.Flag("split", true));
}

/// <summary>Reads what the Metaspace pre-tokenizer and the Metaspace decoder have in common.</summary>
internal static class MetaspaceJson
{
    public static char Replacement(JsonField field) =>
        field["replacement"].Text() is [var c] ? c : throw field["replacement"].Expected("one character");

    /// <summary>The scheme; older files have the flag add_prefix_space instead.</summary>
    public static PrependScheme Scheme(JsonField field) => field.OptionalText("prepend_scheme") switch
    {
        null => field.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        _ => throw field["prepend_scheme"].Expected("always, first or never"),
    };
}
