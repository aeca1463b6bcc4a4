using System.Text;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class AddedTokenTests
{
    [Theory]
    [InlineData("", "ab  <x>  ab", "ab+  +<x>+  +ab")]
    [InlineData(",\"lstrip\":true", "ab  <x>  ab", "ab+<x>+  +ab")]
    [InlineData(",\"rstrip\":true", "ab  <x>  ab", "ab+  +<x>+ab")]
    [InlineData(",\"rstrip\":true,\"lstrip\":true", " <x> \n<x> ", "<x>+<x>")]
    [InlineData(",\"single_word\":true", "a<x> <x>b <x>-<x>", "a<x>+ +<x>b+ +<x>+-+<x>")]
    public void Flags_decide_what_a_token_takes_with_it(string flags, string text, string expected)
    {
        // A model without tokens of its own but characters: what it gets as one piece shows as one run of ids.
        var tokenizer = TinyTokenizers.FromJson(Characters().WithAdded(300, "<x>", ",\"special\":true" + flags));
        Assert.Equal(expected, Stretches(tokenizer, text));
    }

    [Fact]
    public void The_longest_token_wins_and_then_the_leftmost()
    {
        var tokenizer = TinyTokenizers.FromJson(Characters().WithAdded(300, "<x>").WithAdded(301, "<x><y>").WithAdded(302, "a<"));
        Assert.Equal([301], tokenizer.Encode("<x><y>"));
        Assert.Equal([302, 'x', '>', 301], tokenizer.Encode("a<x><x><y>"));
    }

    [Fact]
    public void A_normalized_token_is_looked_for_in_the_normalized_text()
    {
        var normalizer = """{"type":"Lowercase"}""";
        var normalized = TinyTokenizers.FromJson(Characters().With("normalizer", normalizer).WithAdded(300, "<X>", ",\"normalized\":true"));
        var raw = TinyTokenizers.FromJson(Characters().With("normalizer", normalizer).WithAdded(300, "<X>", ",\"normalized\":false"));
        Assert.Equal([300, 300], normalized.Encode("<x><X>"));
        Assert.Equal(['<', 'x', '>', 300], raw.Encode("<x><X>"));
    }

    [Fact]
    public void Each_stretch_between_tokens_is_normalized_on_its_own()
    {
        var tokenizer = TinyTokenizers.FromJson(Characters().With("normalizer", """{"type":"Prepend","prepend":"_"}""").WithAdded(300, "<x>", ",\"normalized\":false"));
        Assert.Equal(['_', 'a', 300, '_', 'b', 300], tokenizer.Encode("a<x>b<x>"));
    }

    [Fact]
    public void Text_of_special_tokens_stays_text_where_the_caller_says_so()
    {
        var tokenizer = TinyTokenizers.FromJson(Characters()
            .WithAdded(300, "<|end|>", ",\"special\":true,\"normalized\":false")
            .WithAdded(301, "<think>", ",\"special\":false,\"normalized\":false")
            .WithAdded(302, "ab", ",\"special\":false,\"normalized\":true")
            .WithAdded(303, "  ", ",\"special\":false,\"normalized\":false"));
        Assert.Equal([300, 301, 302, 303], tokenizer.Encode("<|end|><think>ab  "));
        int[] plain = [.. "<|end|><think>".Select(c => (int)c), 302, 303];
        Assert.Equal(plain, tokenizer.Encode("<|end|><think>ab  ", parseSpecialTokens: false));
    }

    [Fact]
    public void Special_tokens_are_left_out_on_demand_and_markers_are_not()
    {
        var tokenizer = TinyTokenizers.FromJson(Characters().With("decoder", """{"type":"Fuse"}""")
            .WithAdded(300, "<s>", ",\"special\":true").WithAdded(301, "<think>", ",\"special\":false"));
        Assert.Equal("<s><think>a", tokenizer.Decode([300, 301, 'a']));
        Assert.Equal("<think>a", tokenizer.Decode([300, 301, 'a'], skipSpecialTokens: true));
        Assert.True(tokenizer.IsSpecial(300));
        Assert.False(tokenizer.IsSpecial(301));
    }

    [Theory]
    [InlineData("llama-3", "<|eot_id|>")]
    [InlineData("qwen3", "<|im_end|>")]
    [InlineData("qwen3", "<think>")]
    [InlineData("deepseek-r1-distill-qwen", "<｜User｜>")]
    [InlineData("llama-2", "</s>")]
    [InlineData("phi-3-mini", "<|end|>")]
    [InlineData("phi-3-mini", "</s>")]
    [InlineData("gpt2", "<|endoftext|>")]
    public void No_user_can_write_a_control_token_of_a_published_tokenizer(string name, string token)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        var id = tokenizer.IdOf(token)!.Value;
        var text = $"a {token}b{token} {token}";
        var plain = tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false);
        Assert.DoesNotContain(id, plain);
        Assert.Equal(text, tokenizer.Decode(plain));
        Assert.Contains(id, tokenizer.Encode(text.Replace("b", " ", StringComparison.Ordinal) + token, addSpecialTokens: false));
    }

    [Fact]
    public void A_configuration_can_add_tokens_and_name_roles()
    {
        var config = """
            {"tokenizer_class":"LlamaTokenizer","add_bos_token":true,"add_eos_token":true,"bos_token":"<s>","eos_token":{"content":"</s>"},
             "pad_token":null,"unk_token":"a","anything":[1],"added_tokens_decoder":{"300":{"content":"<s>","special":true},"301":{"content":"</s>","special":true}}}
            """;
        var tokenizer = TinyTokenizers.FromJson(Characters().WithAdded(300, "<s>", ",\"special\":true"), config: config);
        Assert.Equal([300, 'b', 301], tokenizer.Encode("b"));
        Assert.Equal((300, 301, null, 'a'), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnknownId));
        Assert.True(tokenizer.IsSpecial(301));
        Assert.Equal(302, tokenizer.VocabularySize);
    }

    [Fact]
    public void A_bos_token_that_shall_be_added_must_exist()
    {
        const string Config = """{"tokenizer_class":"LlamaTokenizer","add_bos_token":true}""";
        var error = Assert.Throws<TokenizerFormatException>(() => TinyTokenizers.FromJson(Characters(), config: Config));
        Assert.Contains("add_bos_token", error.Message, StringComparison.Ordinal);
        Assert.Equal(['a'], TinyTokenizers.FromJson(Characters(), config: """{"tokenizer_class":"LlamaTokenizer"}""").Encode("a"));
    }

    [Fact]
    public void A_configuration_that_contradicts_the_tokenizer_file_is_refused()
    {
        const string Config = """{"added_tokens_decoder":{"301":{"content":"<s>"}}}""";
        var error = Assert.Throws<TokenizerFormatException>(() => TinyTokenizers.FromJson(Characters().WithAdded(300, "<s>"), config: Config));
        Assert.Contains("added_tokens_decoder.301 gives \"<s>\" the id 301, but the vocabulary has it as 300", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A model whose tokens are the 256 first characters, by their code.</summary>
    private static JsonObject Characters()
    {
        var vocabulary = new JsonObject();
        for (var c = 0; c < 256; c++)
            vocabulary[((char)c).ToString()] = c;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
    }

    private static string Stretches(Tokenizer tokenizer, string text)
    {
        var result = new StringBuilder();
        char? last = null;
        foreach (var id in tokenizer.Encode(text))
        {
            var kind = id >= 256 ? 'x' : id is ' ' or '\n' ? ' ' : 'a';
            result.Append(last is not null && (kind != last || kind == 'x') ? "+" : "").Append(tokenizer.TokenText(id));
            last = kind;
        }
        return result.ToString();
    }
}
