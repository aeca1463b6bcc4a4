using System.Text;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>
/// Files that are cut, contradict themselves or lie: each is one clear error, never a wrong tokenizer and never another exception.
/// </summary>
public sealed class HostileFileTests
{
    [Theory]
    [InlineData("""{"surprise":1}""", "surprise is not a known member")]
    [InlineData("""{"normalizer":{"type":"Rot13"}}""", "normalizer.type is \"Rot13\"")]
    [InlineData("""{"normalizer":{"type":"NFC","strength":2}}""", "normalizer.strength is not a known member")]
    [InlineData("""{"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend"}]}}""", "normalizer.normalizers[1].prepend is missing")]
    [InlineData("""{"normalizer":{"type":"Precompiled","precompiled_charsmap":"//"}}""", "base64")]
    [InlineData("""{"normalizer":{"type":"Precompiled","precompiled_charsmap":"////fwAA"}}""", "claims a trie of 2147483647")]
    [InlineData("""{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Removed"}}""", "pre_tokenizer.pattern: the regular expression \"(\"")]
    [InlineData("""{"pre_tokenizer":{"type":"Split","pattern":{"String":"x"},"behavior":"Eaten"}}""", "behavior is \"Eaten\"")]
    [InlineData("""{"pre_tokenizer":{"type":"Metaspace","replacement":"ab"}}""", "replacement is \"ab\"; expected one character")]
    [InlineData("""{"post_processor":{"type":"BertProcessing","sep":["x",9],"cls":["a",1]}}""", "post_processor.sep[1] is 9; expected the id of a token")]
    [InlineData("""{"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X","type_id":0}}],"pair":[],"special_tokens":{}}}""", "special_tokens explains")]
    [InlineData("""{"decoder":{"type":"Strip","content":" ","start":-1,"stop":0}}""", "decoder.start is -1")]
    [InlineData("""{"decoder":{"type":"CTC"}}""", "decoder.type is \"CTC\"")]
    [InlineData("""{"added_tokens":[{"id":5,"content":"a"}]}""", "the id 5, but the vocabulary has it as 1")]
    [InlineData("""{"added_tokens":[{"id":1,"content":"x"}]}""", "the id 1 to \"x\", but \"a\" has it already")]
    [InlineData("""{"added_tokens":[{"id":-1,"content":"x"}]}""", "the id -1; ids lie in")]
    [InlineData("""{"added_tokens":[{"id":1e99,"content":"x"}]}""", "added_tokens[0].id is 1e99; expected a 32-bit integer")]
    [InlineData("""{"added_tokens":[{"id":7,"content":"\ud800"}]}""", "half a surrogate pair")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""", "the id 0 to \"b\", but \"a\" has it already")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":2000000000},"merges":[]}}""", "ids lie in 0..16777215")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "model.merges[0]")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["aa"]}}""", "model.merges[0] is \"aa\"")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}}""", "needs the token \"ab\"")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}""", "model.dropout is 0.1")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"?"}}""", "model.unk_token names the token \"?\"")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}}""", "not valid JSON")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":3,"vocab":[["a",-1]]}}""", "model.unk_id is 3")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a",-1],["a",-2]]}}""", "twice")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a"]]}}""", "model.vocab[0]")]
    [InlineData("""{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"b"}}""", "model.unk_token")]
    [InlineData("""{"model":{"vocab":{}}}""", "model.type is missing")]
    public void A_bad_member_is_named_with_its_value(string change, string complaint)
    {
        // Spliced as text: some of the changes are things that a JSON writer would refuse to write.
        var name = change[2..change.IndexOf('"', 2)];
        var rest = TinyTokenizers.Words("a", "b");
        rest.Remove(name);
        var json = rest.ToJsonString()[..^1] + "," + change[1..];
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(json), "bad.json"));
        Assert.StartsWith("bad.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("\0\0\0")]
    public void What_is_no_tokenizer_at_all_says_so(string json) => Assert.StartsWith("x.json: ", Assert.Throws<TokenizerFormatException>(
        () => Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(json), "x.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Gigantic_nesting_is_refused()
    {
        var json = "{\"normalizer\":" + string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", 100_000));
        Assert.Contains("not valid JSON", Assert.Throws<TokenizerFormatException>(
            () => Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_json_cut_anywhere_is_refused()
    {
        var json = Encoding.UTF8.GetBytes(TinyTokenizers.ByteLevel("t h", "th e").WithAdded(300, "<x>").ToJsonString());
        for (var length = 0; length < json.Length; length += 7)
            Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromTokenizerJson(json.AsMemory(0, length)));
    }

    [Fact]
    public void A_sentencepiece_model_with_any_byte_changed_loads_or_is_refused()
    {
        SentencePieceEntry[] pieces = [new("<unk>", 0, PieceType.Unknown), new("<s>", 0, PieceType.Control), new("a", -1, PieceType.Normal),
            new("▁", -2, PieceType.Normal)];
        var model = SentencePieceWriter.Write(pieces, unigram: true, charsmap: CharsmapWriter.Write(("A", "a"), ("AB", "b")));
        var random = new Random(5);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var bad = model.ToArray();
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            var length = random.Next(3) == 0 ? random.Next(bad.Length) : bad.Length;
            try
            {
                Tokenizer.FromSentencePiece(bad.AsMemory(0, length)).Encode("AB a?b A", parseSpecialTokens: false);
            }
            catch (TokenizerFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 300, 2900);
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x0A }, "4294967295 bytes where 1 are left")]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, "18446744073709551615 bytes where 0 are left")]
    [InlineData(new byte[] { 0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 }, "more than ten bytes")]
    [InlineData(new byte[] { 0x0B }, "wire type 3")]
    [InlineData(new byte[] { 0x0A }, "a number that is cut off")]
    [InlineData(new byte[] { }, "no pieces")]
    [InlineData(new byte[] { 0x3A, 0x00 }, "unknown field 7")]
    [InlineData(new byte[] { 0x0A, 0x03, 0x0A, 0x01, 0xFF }, "not valid UTF-8")]
    [InlineData(new byte[] { 0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x09 }, "the type 9")]
    public void Lying_lengths_and_types_in_a_sentencepiece_model_are_named(byte[] model, string complaint)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromSentencePiece(model, "bad.model"));
        Assert.StartsWith("bad.model: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IQ== 0\nIg== 1\n", "the byte 0x00 has no rank")]
    [InlineData("IQ== 0\nIg==\n", "line 2 is \"Ig==\"")]
    [InlineData("IQ== 0\nIg== 0\n", "the id 0")]
    [InlineData("IQ== 0\nIQ== 1\n", "line 2 lists the token")]
    [InlineData("IQ== 99999999\n", "ids lie in")]
    [InlineData("IQ== 0\n!!!! 1\n", "expected base64")]
    public void Bad_lines_in_a_list_of_ranks_are_named(string file, string complaint)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromSentencePiece(Encoding.UTF8.GetBytes(file), "ranks"));
        Assert.StartsWith("ranks: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_ranks_of_another_model_asks_for_its_special_tokens()
    {
        var ranks = string.Concat(Enumerable.Range(0, 256).Select(b => $"{Convert.ToBase64String([(byte)b])} {b}\n"));
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromSentencePiece(Encoding.UTF8.GetBytes(ranks)));
        Assert.Contains("added_tokens_decoder", error.Message, StringComparison.Ordinal);
        var config = """{"bos_token":"<b>","add_bos_token":true,"added_tokens_decoder":{"256":{"content":"<b>","special":true}}}""";
        Assert.Equal([256, 'a'], Tokenizer.FromSentencePiece(Encoding.UTF8.GetBytes(ranks), "r",
            Encoding.UTF8.GetBytes(config)).Encode("a"));
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", null, "model is missing")]
    [InlineData("tokenizer.ggml.model", "rwkv", "model is \"rwkv\"")]
    [InlineData("tokenizer.ggml.model", 3, "model is of type Int32")]
    [InlineData("tokenizer.ggml.pre", "martian", "pre is \"martian\"")]
    [InlineData("tokenizer.ggml.tokens", null, "tokens is missing")]
    [InlineData("tokenizer.ggml.tokens", new[] { "a", "a" }, "twice")]
    [InlineData("tokenizer.ggml.token_type", new[] { 1 }, "token_type has 1 items; there are 3 tokens")]
    [InlineData("tokenizer.ggml.token_type", new[] { 1, 1, 12 }, "token_type [2] is 12")]
    [InlineData("tokenizer.ggml.merges", null, "merges is missing")]
    [InlineData("tokenizer.ggml.merges", new[] { "a" }, "merges [0] is \"a\"")]
    [InlineData("tokenizer.ggml.merges", new[] { "" }, "merges [0] is \"\"")]
    [InlineData("tokenizer.ggml.merges", new[] { "a c" }, "needs the token \"c\"")]
    [InlineData("tokenizer.ggml.bos_token_id", 3u, "bos_token_id is 3; there are 3 tokens")]
    [InlineData("tokenizer.ggml.bos_token_id", -1, "bos_token_id is -1")]
    [InlineData("tokenizer.ggml.add_bos_token", 1, "add_bos_token is of type Int32")]
    [InlineData("tokenizer.ggml.add_bos_token", true, "name no such token")]
    public void Bad_gguf_metadata_are_named(string key, object? value, string complaint)
    {
        var metadata = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "gpt-2",
            ["tokenizer.ggml.tokens"] = new[] { "a", "b", "ab" },
            ["tokenizer.ggml.merges"] = new[] { "a b" },
        };
        Assert.Equal([2], Tokenizer.FromGguf(metadata).Encode("ab"));
        if (value is null)
            metadata.Remove(key);
        else
            metadata[key] = value;
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromGguf(metadata, "bad.gguf"));
        Assert.StartsWith("bad.gguf: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "scores is missing")]
    [InlineData(new[] { 1f, float.NaN, 2f }, "scores [1] is NaN")]
    [InlineData(new[] { 1f, 2f }, "scores has 2 items; there are 3 tokens")]
    public void Bad_scores_in_gguf_metadata_are_named(float[]? scores, string complaint)
    {
        var metadata = new Dictionary<string, object> { ["tokenizer.ggml.model"] = "llama", ["tokenizer.ggml.tokens"] = new[] { "a", "▁", "▁a" } };
        if (scores is not null)
            metadata["tokenizer.ggml.scores"] = scores;
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromGguf(metadata));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        metadata["tokenizer.ggml.scores"] = new[] { -2, -3, -1 };
        Assert.Equal([2, 0], Tokenizer.FromGguf(metadata).Encode("aa"));
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_it_looked_for()
    {
        var folder = Directory.CreateTempSubdirectory("trimtab");
        try
        {
            var error = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.FullName));
            Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), "{}");
            var bad = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(folder.FullName));
            Assert.Contains(Path.Combine(folder.FullName, "tokenizer.json"), bad.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.FullName));
    }

    [Fact]
    public void A_published_model_cut_anywhere_is_refused()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var model = SharedTokenizers.ModelBytes("llama-2");
        foreach (var length in new[] { 1, 2, 100, 1000, 77_777, 400_000 })
            Assert.Throws<TokenizerFormatException>(() => Tokenizer.FromSentencePiece(model.AsMemory(0, length)));
    }
}
