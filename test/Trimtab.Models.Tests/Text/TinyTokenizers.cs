using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;

namespace Trimtab.Models.Tests.Text;

/// <summary>Small tokenizers written for single tests.</summary>
internal static class TinyTokenizers
{
    /// <summary>Parses a tokenizer.json given as an object.</summary>
    public static Tokenizer FromJson(JsonNode json, string file = "tiny.json", string config = "") =>
        Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(json.ToJsonString()), file, Encoding.UTF8.GetBytes(config));

    /// <summary>A byte-level BPE tokenizer with the given merges on top of the 256 bytes.</summary>
    public static JsonObject ByteLevel(params string[] merges)
    {
        var vocabulary = new JsonObject();
        for (var b = 0; b < 256; b++)
            vocabulary[ByteAlphabet.CharacterOf((byte)b).ToString()] = b;
        foreach (var merge in merges)
            vocabulary.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), JsonValue.Create(vocabulary.Count));
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray([.. merges.Select(m =>
                (JsonNode)m)]) },
        };
    }

    /// <summary>One token per listed word, unknown words are id 0; the text is cut at white space.</summary>
    public static JsonObject Words(params string[] words)
    {
        var vocabulary = new JsonObject { ["[UNK]"] = 0 };
        foreach (var word in words)
            vocabulary.Add(word, vocabulary.Count);
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "WhitespaceSplit" },
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocabulary, ["unk_token"] = "[UNK]" },
        };
    }

    /// <summary>A unigram model over (piece, score); piece 0 is unknown.</summary>
    public static JsonObject Unigram(params (string Piece, double Score)[] pieces) => new()
    {
        ["added_tokens"] = new JsonArray(),
        ["model"] = new JsonObject
        {
            ["type"] = "Unigram",
            ["unk_id"] = 0,
            ["vocab"] = new JsonArray([.. pieces.Select(p => (JsonNode)new JsonArray(p.Piece, p.Score))]),
        },
    };

    public static JsonObject With(this JsonObject tokenizer, string part, string json)
    {
        tokenizer[part] = JsonNode.Parse(json);
        return tokenizer;
    }

    public static JsonObject WithAdded(this JsonObject tokenizer, int id, string content, string flags = "")
    {
        tokenizer["added_tokens"]!.AsArray().Add(JsonNode.Parse($$"""{"id": {{id}}, "content": {{JsonSerializer.Serialize(content)}} {{flags}}}"""));
        return tokenizer;
    }
}
