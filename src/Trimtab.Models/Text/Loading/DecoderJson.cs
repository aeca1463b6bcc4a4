namespace Trimtab.Models.Text;

/// <summary>Reads the decoder of a tokenizer.json.</summary>
internal static class DecoderJson
{
    public static IDecoder Read(JsonField field) => field["type"].Text() switch
    {
        "Sequence" => new DecoderSequence([.. field.AllowOnly("type", "decoders")["decoders"].Items().Select(Read)]),
        "ByteLevel" => Plain(field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex"), new ByteLevelDecoder()),
        "ByteFallback" => Plain(field.AllowOnly("type"), new ByteFallbackDecoder()),
        "Fuse" => Plain(field.AllowOnly("type"), new Fuse()),
        "Strip" => Strip(field.AllowOnly("type", "content", "start", "stop")),
        "Replace" => Replace(field.AllowOnly("type", "pattern", "content")),
        "Metaspace" => Metaspace(field.AllowOnly("type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")),
        "WordPiece" => WordPiece(field.AllowOnly("type", "prefix", "cleanup")),
        "BPEDecoder" => new EndOfWordDecoder(field.AllowOnly("type", "suffix")["suffix"].Text()),
        _ => throw field["type"].Expected("a known decoder (Sequence, ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, "
            + "WordPiece, BPEDecoder)"),
    };

    private static T Plain<T>(JsonField _, T decoder) => decoder;

    private static StripDecoder Strip(JsonField field)
    {
        var content = field["content"].Text() is [var c] ? c : throw field["content"].Expected("one character");
        return new StripDecoder(content, Count("start"), Count("stop"));

        int Count(string name) => field[name].Integer() is >= 0 and var count ? count : throw field[name].Expected("a count");
    }

    private static IDecoder Replace(JsonField field)
    {
        var pattern = field["pattern"];
        return Decoders.Replace(PatternJson.Read(pattern), field["content"].Text(),
            singleCharacters: PatternJson.Literal(pattern)?.Length == 1);
    }

    private static IDecoder Metaspace(JsonField field) => Decoders.Metaspace(MetaspaceJson.Replacement(field), MetaspaceJson.Scheme(field));

    private static IDecoder WordPiece(JsonField field) => Decoders.WordPiece(field["prefix"].Text(), field.Flag("cleanup", true));
}
