namespace Trimtab.Models.Text;

/// <summary>
/// Reads the post-processor of a tokenizer.json, as far as it concerns single sequences: the tokens before and after the text.
/// </summary>
internal static class PostProcessorJson
{
    public static SpecialTokenFrame Read(JsonField field, Vocabulary vocabulary) => field["type"].Text() switch
    {
        "Sequence" => field.AllowOnly("type", "processors")["processors"].Items()
            .Aggregate(SpecialTokenFrame.None, (inner, part) => inner.Within(Read(part, vocabulary))),
        // It only trims the offsets of tokens in the text, which nobody here asks for.
        "ByteLevel" => ByteLevel(field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")),
        "TemplateProcessing" => Template(field.AllowOnly("type", "single", "pair", "special_tokens"), vocabulary),
        "BertProcessing" => Bert(field.AllowOnly("type", "sep", "cls"), vocabulary),
        "RobertaProcessing" => Bert(field.AllowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space"), vocabulary),
        _ => throw field["type"].Expected("a known post-processor (Sequence, ByteLevel, TemplateProcessing, BertProcessing, "
            + "RobertaProcessing)"),
    };

    private static SpecialTokenFrame ByteLevel(JsonField _) => SpecialTokenFrame.None;

    private static SpecialTokenFrame Bert(JsonField field, Vocabulary vocabulary) =>
        new([TokenAndId(field["cls"], vocabulary)], [TokenAndId(field["sep"], vocabulary)]);

    private static int TokenAndId(JsonField field, Vocabulary vocabulary)
    {
        JsonField[] pair = [.. field.Items()];
        if (pair.Length != 2)
            throw field.Expected("a token and its id");
        return Known(pair[1], vocabulary);
    }

    private static SpecialTokenFrame Template(JsonField field, Vocabulary vocabulary)
    {
        List<int> before = [], after = [];
        var seen = false;
        foreach (var item in field["single"].Items())
        {
            item.AllowOnly("SpecialToken", "Sequence");
            if (item.TryGet("SpecialToken", out var special))
                (seen ? after : before).AddRange(Ids(field, special.AllowOnly("id", "type_id")["id"], vocabulary));
            else if (seen || item["Sequence"].AllowOnly("id", "type_id")["id"].Text() != "A")
                throw item.Expected("the sequence A, once");
            else
                seen = true;
        }
        return seen ? new SpecialTokenFrame([.. before], [.. after])
            : throw field["single"].Expected("a template with the sequence A in it");
    }

    private static IEnumerable<int> Ids(JsonField template, JsonField name, Vocabulary vocabulary)
    {
        if (!template["special_tokens"].TryGet(name.Text(), out var entry))
            throw name.Expected("a name that special_tokens explains");
        return entry.AllowOnly("id", "ids", "tokens")["ids"].Items().Select(id => Known(id, vocabulary));
    }

    private static int Known(JsonField id, Vocabulary vocabulary) =>
        vocabulary.TryGetToken(id.Integer(), out _) ? id.Integer() : throw id.Expected("the id of a token in the vocabulary");
}
