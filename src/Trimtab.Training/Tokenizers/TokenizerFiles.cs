using System.Text.Json.Nodes;

namespace Trimtab.Training.Tokenizers;

/// <summary>A vocabulary in the words of Hugging Face's files.</summary>
internal sealed class TokenizerFiles(BytePairVocabulary vocabulary, TokenizerSettings settings)
{
    /// <summary>tokenizer.json: what text becomes.</summary>
    public JsonObject Tokenizer() => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. vocabulary.SpecialTokens.Select(AddedToken)]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(Split(), ByteLevel(addPrefixSpace: false, useRegex: false)) },
        ["post_processor"] = settings.AddBeginToken ? BeginTemplate() : null,
        ["decoder"] = ByteLevel(addPrefixSpace: true, useRegex: true),
        ["model"] = Model(),
    };

    /// <summary>tokenizer_config.json: what its tokens are for.</summary>
    public JsonObject Config()
    {
        var config = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        foreach (var (name, token) in (ReadOnlySpan<(string, string?)>)[("bos_token", settings.BeginToken), ("eos_token", settings.EndToken), ("pad_token", settings.PadToken)])
            if (token is not null)
            {
                vocabulary.IdOf(token);
                config[name] = token;
            }
        if (settings.ChatTemplate is { } template)
            config["chat_template"] = template;
        return config;
    }

    // Merges are written with a space between, which every version reads; no token of the byte-level alphabet has one.
    private JsonObject Model() => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = null,
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = false,
        ["byte_fallback"] = false,
        ["ignore_merges"] = false,
        ["vocab"] = new JsonObject(vocabulary.Tokens.Index().Select(token => KeyValuePair.Create(token.Item, (JsonNode?)token.Index))),
        ["merges"] = new JsonArray([.. vocabulary.Merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
    };

    private JsonNode AddedToken(string token) => new JsonObject
    {
        ["id"] = vocabulary.IdOf(token),
        ["content"] = token,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject Split() => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = WordPattern.Source },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    private static JsonObject ByteLevel(bool addPrefixSpace, bool useRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addPrefixSpace,
        ["trim_offsets"] = true,
        ["use_regex"] = useRegex,
    };

    private JsonObject BeginTemplate()
    {
        string begin = settings.BeginToken ?? throw new ArgumentException("Tokenizer: a begin token is to be added, but none is named. Name it, or add nothing.");
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Special(begin, 0), Text("A", 0)),
            ["pair"] = new JsonArray(Special(begin, 0), Text("A", 0), Special(begin, 1), Text("B", 1)),
            ["special_tokens"] = new JsonObject
            {
                [begin] = new JsonObject { ["id"] = begin, ["ids"] = new JsonArray(vocabulary.IdOf(begin)), ["tokens"] = new JsonArray(begin) },
            },
        };
    }

    private static JsonObject Special(string token, int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } };

    private static JsonObject Text(string name, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
}
