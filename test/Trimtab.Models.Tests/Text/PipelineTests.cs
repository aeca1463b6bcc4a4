using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>The single parts of tokenizer.json, by what they do to text.</summary>
public sealed class PipelineTests
{
    [Theory]
    [InlineData("""{"type":"Lowercase"}""", "ÀÉİ 𐐀", "àéi\u0307 𐐨")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " \t a ", "a ")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301a\u0903", "ea")]
    [InlineData("""{"type":"Replace","pattern":{"String":"aa"},"content":"b"}""", "aaaac", "bbc")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a   b c", "a b c")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "", "")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ①", "fi1")]
    [InlineData("""{"type":"Nmt"}""", "a\u200Bb\u0007c\uFEFF", "a bc ")]
    [InlineData("""{"type":"ByteLevel"}""", "é ", "Ã©Ġ")]
    [InlineData("""{"type":"BertNormalizer"}""", "H\u00E9\u0000 \u200B中x\t", "he  中 x ")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false}""", "Hé", "Hé")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false,"strip_accents":true}""", "Hé", "He")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""", "ÉÀ", "ea")]
    public void Normalizers(string json, string text, string expected) =>
        Assert.Equal(expected, NormalizerJson.Read(JsonField.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test")).Normalize(text));

    [Theory]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Removed"}""", "a--b-", "a|b")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Isolated"}""", "a--b-", "a|-|-|b|-")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious"}""", "the-final--countdown", "the-|final-|-|countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext"}""", "the-final--countdown", "the|-final|-|-countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Contiguous"}""", "the-final--countdown", "the|-|final|--|countdown")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true}""", "a, b", "a|b")]
    [InlineData("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", "a b  c", "a |b | |c")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "a  b", "▁a|▁|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", "a b", "a|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}""", " a b", "▁a▁b")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12b½", "a|1|2|b|½")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b", "a|12|b")]
    [InlineData("""{"type":"Punctuation"}""", "a,«b»$ c", "a|,|«|b|»|$| c")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a...b", "a|...|b")]
    [InlineData("""{"type":"Whitespace"}""", "Hey friend!  How?", "Hey|friend|!|How|?")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a!\u3000b ", "a!|b")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "I'm 5.", "I|'|m|5|.")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"x"}""", "axbxxc", "a|b|c")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", "a b", "Ġa|Ġb")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "a é", "aĠÃ©")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Digits","individual_digits":true}]}""", "a1 2", "a|1|2")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}""", "a b", "▁a|b")]
    public void Pre_tokenizers(string json, string text, string expected)
    {
        var pieces = new List<Piece>();
        PreTokenizerJson.Read(JsonField.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test")).Apply([new Piece(text.AsMemory(), true)],
            pieces);
        Assert.Equal(expected, string.Join('|', pieces.Select(p => p.Text)));
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", "ĠÃ|©|<｜x｜>|ð", " é<｜x｜>\uFFFD")]
    [InlineData("""{"type":"Metaspace","replacement":"▁"}""", "▁a|▁b", "a b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "▁a|▁b", " a b")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "un|##able|!|do|n't", "unable! don't")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "a|!", "a !")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "he|llo</w>|you</w>", "hello you")]
    [InlineData("""{"type":"Strip","content":" ","start":1,"stop":1}""", "  a  | b ", " a b")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":1}]}""", "  a | | b  |  ", " a   b   ")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xE2>|<0x82>|<0xAC>|x|<0xE2>|<0x41>|<0x4z>", "€x\uFFFD\uFFFD<0x4z>")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"ab"},"content":"-"}]}""", "a|b|a", "-a")]
    [InlineData("""{"type":"Replace","pattern":{"String":"ab"},"content":"-"}""", "a|b|ab", "ab-")]
    public void Decoders(string json, string tokens, string expected)
    {
        var text = new TextCollector();
        var sink = DecoderJson.Read(JsonField.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test")).Attach(text);
        foreach (var token in tokens.Split('|'))
            sink.Push(new TextPart(token));
        sink.Flush();
        Assert.Equal(expected, text.Take());
    }

    [Fact]
    public void Without_a_decoder_tokens_are_joined_by_spaces() =>
        Assert.Equal("a b", TinyTokenizers.FromJson(TinyTokenizers.Words("a", "b")).Decode([1, 2]));

    [Theory]
    [InlineData("""{"type":"BertProcessing","sep":["b",2],"cls":["a",1]}""", "1 3 2")]
    [InlineData("""{"type":"RobertaProcessing","sep":["b",2],"cls":["a",1],"trim_offsets":true,"add_prefix_space":true}""", "1 3 2")]
    [InlineData("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"X":{"id":"X","ids":[1,2],"tokens":["a","b"]}}}""", "1 2 3")]
    [InlineData("""{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["b",2],"cls":["a",1]},{"type":"BertProcessing","sep":["a",1],"cls":["b",2]}]}""", "2 1 3 2 1")]
    public void Post_processors_frame_the_text(string json, string expected)
    {
        var tokenizer = TinyTokenizers.FromJson(TinyTokenizers.Words("a", "b", "c").With("post_processor", json));
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode("c")));
        Assert.Equal([3], tokenizer.Encode("c", addSpecialTokens: false));
    }

    [Theory]
    [InlineData("", "0 0 0 3")]
    [InlineData(""","fuse_unk":true""", "0 3")]
    public void Unknown_characters_are_one_token_each_unless_fused(string option, string expected)
    {
        var json = JsonNode.Parse("""{"type":"BPE","unk_token":"?","vocab":{"?":0,"a":1,"aa":2,"b":3},"merges":["a a"]""" + option + "}")!;
        var tokenizer = TinyTokenizers.FromJson(new JsonObject { ["model"] = json });
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode("xyzb")));
        Assert.Equal([2, 0, 3, 2], tokenizer.Encode("aaxbaa"));
    }

    [Fact]
    public void Byte_pair_marks_at_the_ends_of_words()
    {
        var suffix = JsonNode.Parse("""{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0,"b":1,"b</w>":2,"ab</w>":3},"merges":["a b</w>"]}""");
        Assert.Equal([0, 1, 2], TinyTokenizers.FromJson(new JsonObject { ["model"] = suffix }).Encode("abb"));
        Assert.Equal([3], TinyTokenizers.FromJson(new JsonObject { ["model"] = suffix!.DeepClone() }).Encode("ab"));
        var prefix = JsonNode.Parse("""{"type":"BPE","continuing_subword_prefix":"##","vocab":{"a":0,"##b":1,"ab":2,"##c":3,"abc":4},"merges":["a ##b", "ab ##c"]}""");
        Assert.Equal([4], TinyTokenizers.FromJson(new JsonObject { ["model"] = prefix }).Encode("abc"));
    }

    [Fact]
    public void Ignore_merges_takes_a_piece_that_is_a_token_whole()
    {
        JsonNode Model(string option) => JsonNode.Parse("""{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"abb":3},"merges":[["a","b"]]""" + option + "}")!;
        Assert.Equal([2, 1], TinyTokenizers.FromJson(new JsonObject { ["model"] = Model("") }).Encode("abb"));
        Assert.Equal([3], TinyTokenizers.FromJson(new JsonObject { ["model"] = Model(""","ignore_merges":true""") }).Encode("abb"));
    }

    [Fact]
    public void Word_piece_takes_the_longest_token_that_fits()
    {
        var model = JsonNode.Parse("""{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3,"unaf":4,"##f":5}}""");
        var tokenizer = TinyTokenizers.FromJson(new JsonObject { ["model"] = model });
        Assert.Equal([4, 5, 3], tokenizer.Encode("unaffable"));
        Assert.Equal([0], tokenizer.Encode("unaffables")); // ten characters, one too many
        Assert.Equal([0], tokenizer.Encode("unx"));
    }
}
