using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>Tokenizers written as GGUF metadata and read again.</summary>
public sealed class GgufTokenizerWriterTests
{
    private const int ManyRows = 1 << 20;

    // What the format cannot say, and so which texts may differ: Pythia composes characters first, and no name of a GPT-2 split says so; Llama 2's copy looks for its
    // added tokens in the rewritten text ("▁<s>"), where a GGUF vocabulary knows them in the text as it is only.
    private static readonly Dictionary<string, Func<string, bool>> MayDiffer = new()
    {
        ["pythia"] = text => new UnicodeNormalizer(UnicodeForm.C).Normalize(text) != text,
        ["llama-2"] = text => text.Contains("<s>", StringComparison.Ordinal) || text.Contains("</s>", StringComparison.Ordinal) || text.Contains("<unk>", StringComparison.Ordinal),
    };

    [Theory]
    [InlineData("gpt2", "gpt2", "gpt-2", null)]
    [InlineData("phi-2", "gpt2", "gpt-2", null)]
    [InlineData("pythia", "gpt2", "gpt-2", "composes characters first")]
    [InlineData("qwen2.5", "gpt2", "qwen2", "composes characters first")]
    [InlineData("qwen3", "gpt2", "qwen2", "composes characters first")]
    [InlineData("deepseek-r1-distill-qwen", "gpt2", "qwen2", "composes characters first")]
    [InlineData("llama-3", "gpt2", "llama-bpe", null)]
    [InlineData("llama-2", "llama", null, "in rewritten text")]
    [InlineData("mistral-v1-chatml", "llama", null, null)]
    [InlineData("phi-3-mini", "llama", null, null)]
    public void Metadata_give_the_recorded_encodings(string name, string model, string? pre, string? note)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var original = SharedTokenizers.HuggingFace(name);
        var written = GgufTokenizerWriter.Write(original, name, ManyRows);
        Assert.Equal(model, written.Metadata["tokenizer.ggml.model"]);
        Assert.Equal(pre, written.Metadata.GetValueOrDefault("tokenizer.ggml.pre"));
        if (note is null)
            Assert.Empty(written.Notes);
        else
            Assert.Contains(note, Assert.Single(written.Notes), StringComparison.Ordinal);
        var mayDiffer = MayDiffer.GetValueOrDefault(name, _ => false);
        var read = Read(written, name);
        int compared = 0;
        foreach (var golden in SharedTokenizers.Encodings(name)["cases"]!.AsArray())
        {
            string text = golden!["text"]!.GetValue<string>();
            if (mayDiffer(text))
                continue;
            compared++;
            Assert.Equal(Show(Ids(golden["ids"]), text), Show(read.Encode(text, addSpecialTokens: false), text));
            Assert.Equal(Show(Ids(golden["ids_with_special"]), text), Show(read.Encode(text), text));
            Assert.Equal(golden["decoded"]!.GetValue<string>(), read.Decode(Ids(golden["ids_with_special"])));
            Assert.Equal(golden["decoded_skip_special"]!.GetValue<string>(), read.Decode(Ids(golden["ids_with_special"]), skipSpecialTokens: true));
        }
        Assert.InRange(compared, 110, 129);
        // Where the configuration names no token for the beginning, the one that stands there becomes it.
        Assert.Equal((original.BosId ?? original.Parts.Frame.Before.Cast<int?>().FirstOrDefault(), original.EosId, original.PadId, original.VocabularySize), (read.BosId, read.EosId, read.PadId, read.VocabularySize));
    }

    [Theory]
    [InlineData("llama-2")]
    [InlineData("mistral-v1-chatml")]
    [InlineData("mistral-v3")]
    public void A_sentencepiece_model_goes_into_metadata_as_it_is(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var original = SharedTokenizers.Model(name);
        var written = GgufTokenizerWriter.Write(original, name, ManyRows);
        var read = Read(written, name);
        foreach (var golden in SharedTokenizers.Encodings("llama-2")["cases"]!.AsArray())
        {
            string text = golden!["text"]!.GetValue<string>();
            int[] ids = original.Encode(text);
            Assert.Equal(Show(ids, text), Show(read.Encode(text), text));
            Assert.Equal(original.Decode(ids), read.Decode(ids));
        }
    }

    [Theory]
    [InlineData("gpt-2", "merges")]
    [InlineData("deepseek-coder", "merges")]
    [InlineData("llama-spm", "scores")]
    public void A_published_vocabulary_written_again_has_the_same_entries(string name, string ranks)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string path = Path.Combine(SharedTokenizers.Folder, "llama.cpp", $"ggml-vocab-{name}.gguf.gz");
        var published = GgufMetadata.Read(SharedTokenizers.ReadMaybeZipped(path));
        var written = GgufTokenizerWriter.Write(Tokenizer.FromGguf(published, name), name, ManyRows).Metadata;
        foreach (string key in (string[])["model", "tokens", "token_type", ranks, "bos_token_id", "eos_token_id"])
            Assert.Equal(published["tokenizer.ggml." + key], written["tokenizer.ggml." + key]);
    }

    [Fact]
    public void A_small_byte_level_tokenizer_comes_back()
    {
        var original = TinyTokenizers.FromJson(WithEnd(), config: """{"eos_token": "<end>", "bos_token": "<end>"}""");
        var written = GgufTokenizerWriter.Write(original, "tiny", ManyRows);
        Assert.Empty(written.Notes);
        Assert.Equal("gpt-2", written.Metadata["tokenizer.ggml.pre"]);
        Assert.Equal(["t h", "th e", "Ġ the"], (string[])written.Metadata["tokenizer.ggml.merges"]);
        string[] tokens = (string[])written.Metadata["tokenizer.ggml.tokens"];
        int[] types = (int[])written.Metadata["tokenizer.ggml.token_type"];
        Assert.Equal((262, "[PAD259]", "<end>", "<user>"), (tokens.Length, tokens[259], tokens[260], tokens[261]));
        Assert.Equal([1, 5, 3, 4], types[258..]);
        var read = Read(written, "tiny");
        foreach (string text in (string[])["the other the<end>", "", "  tthe\n<user>é🙂\u0001", "<us<user>"])
        {
            Assert.Equal(original.Encode(text), read.Encode(text));
            Assert.Equal(original.Encode(text, parseSpecialTokens: false), read.Encode(text, parseSpecialTokens: false));
            Assert.Equal(text, read.Decode(read.Encode(text)));
        }
        Assert.Equal((260, 260), (read.BosId, read.EosId));
    }

    [Fact]
    public void An_unknown_split_is_left_out_and_named_in_a_note()
    {
        var json = WithEnd().With("pre_tokenizer", """
            {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Isolated"},
            {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
            """);
        var written = GgufTokenizerWriter.Write(TinyTokenizers.FromJson(json), "tiny", ManyRows);
        Assert.False(written.Metadata.ContainsKey("tokenizer.ggml.pre"));
        Assert.Contains("tokenizer.ggml.pre is left out", Assert.Single(written.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Traits_that_the_format_lacks_are_noted()
    {
        var json = WithEnd().WithAdded(262, "word", ", \"single_word\": true").WithAdded(263, "<r>", ", \"rstrip\": true, \"special\": true")
            .With("normalizer", """{"type": "Lowercase"}""").With("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true}""");
        string notes = string.Join('\n', GgufTokenizerWriter.Write(TinyTokenizers.FromJson(json), "tiny", ManyRows).Notes);
        foreach (string expected in (string[])["\"word\": readers find it inside of words", "\"<r>\": readers treat the white space", "rewrites text before it splits", "puts a space before a text"])
            Assert.Contains(expected, notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_beyond_the_embedding_are_left_out_and_noted()
    {
        var written = GgufTokenizerWriter.Write(TinyTokenizers.FromJson(WithEnd()), "tiny", rows: 258);
        Assert.Equal(258, ((string[])written.Metadata["tokenizer.ggml.tokens"]).Length);
        Assert.Equal(["t h", "th e"], (string[])written.Metadata["tokenizer.ggml.merges"]);
        Assert.Contains("4 tokens from id 258 on are left out", Assert.Single(written.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_without_a_form_is_refused_in_a_note()
    {
        var written = GgufTokenizerWriter.Write(TinyTokenizers.FromJson(TinyTokenizers.Words("a", "b")), "tiny", ManyRows);
        Assert.Empty(written.Metadata);
        Assert.Contains("no tokenizer", Assert.Single(written.Notes), StringComparison.Ordinal);
    }

    private static JsonObject WithEnd() => TinyTokenizers.ByteLevel("t h", "th e", "Ġ the").WithAdded(260, "<end>", ", \"special\": true")
        .WithAdded(261, "<user>", ", \"normalized\": false");

    private static Tokenizer Read(WrittenTokenizer written, string name) =>
        Tokenizer.FromGguf(new Dictionary<string, object>(written.Metadata) { ["general.name"] = name }, name);

    private static int[] Ids(JsonNode? list) => [.. list!.AsArray().Select(id => id!.GetValue<int>())];

    private static string Show(int[] ids, string text) => $"{string.Join(' ', ids)} ← {JsonSerializer.Serialize(text)}";
}
