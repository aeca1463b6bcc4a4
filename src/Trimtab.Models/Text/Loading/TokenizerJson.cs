namespace Trimtab.Models.Text;

/// <summary>
/// Reads a Hugging Face tokenizer.json. Every part and every option is known or an error: an ignored option would change ids
/// silently.
/// </summary>
internal static class TokenizerJson
{
    public static Tokenizer Read(ReadOnlyMemory<byte> json, string file, TokenizerConfig config)
    {
        var root = JsonField.Parse(json, file)
            .AllowOnly("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
                "model");
        var normalizer = root.TryGet("normalizer", out var field) ? NormalizerJson.Read(field) : null;
        var added = root.TryGet("added_tokens", out field) ? AddedTokens(field) : [];
        var model = ModelJson.Read(root["model"], added.Where(token => token.Special).Select(token => token.Id).ToHashSet());
        var vocabulary = model.Vocabulary.Copy();
        foreach (var (index, token) in added.Index())
            AddedTokenJson.Register(token, vocabulary, $"added_tokens[{index}]", file);
        added.AddRange(config.MissingAddedTokens(vocabulary));
        var frame = root.TryGet("post_processor", out field) ? PostProcessorJson.Read(field, vocabulary) : SpecialTokenFrame.None;
        return new Tokenizer(new TokenizerParts
        {
            Model = model,
            Vocabulary = vocabulary,
            AddedTokens = added,
            Normalizer = normalizer,
            PreTokenizer = root.TryGet("pre_tokenizer", out field) ? PreTokenizerJson.Read(field) : null,
            Frame = config.FrameOver(frame, vocabulary),
            Decoder = root.TryGet("decoder", out field) ? DecoderJson.Read(field) : Decoders.SpaceSeparated(),
            Named = config.NamedTokens(vocabulary),
        });
    }

    private static List<AddedToken> AddedTokens(JsonField field)
    {
        var tokens = new List<AddedToken>();
        foreach (var item in field.Items())
        {
            item.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            tokens.Add(AddedTokenJson.Read(item, item["id"].Integer(), item.Flag("special", false)));
        }
        return tokens;
    }
}

/// <summary>Reads one added token, from tokenizer.json or from tokenizer_config.json.</summary>
internal static class AddedTokenJson
{
    public static AddedToken Read(JsonField item, int id, bool special) => new()
    {
        Id = id,
        Content = item["content"].Text(),
        SingleWord = item.Flag("single_word", false),
        StripLeft = item.Flag("lstrip", false),
        StripRight = item.Flag("rstrip", false),
        Normalized = item.Flag("normalized", !special),
        Special = special,
    };

    /// <summary>Adds the token to the vocabulary, or checks that the vocabulary has it under the same id.</summary>
    public static void Register(AddedToken token, Vocabulary vocabulary, string path, string file)
    {
        if (!vocabulary.TryGetId(token.Content, out var id))
            vocabulary.Add(token.Content, token.Id, path);
        else if (id != token.Id)
            throw new TokenizerFormatException(
                $"{file}: {path} gives {Vocabulary.Show(token.Content)} the id {token.Id}, but the vocabulary has it as {id}.");
    }
}
