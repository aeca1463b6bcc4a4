using System.Text;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class StreamingDecoderTests
{
    public static TheoryData<string> ByteLevel => ["gpt2", "qwen3", "llama-3", "deepseek-r1-distill-qwen", "phi-2", "pythia"];

    public static TheoryData<string> ByteFallback => ["llama-2", "phi-3-mini", "mistral-v1-chatml"];

    [Theory]
    [MemberData(nameof(ByteLevel))]
    public void A_byte_level_stream_gives_the_text_of_all_bytes_at_once(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        CompareOnRandomIds(tokenizer, ids => Encoding.UTF8.GetString([.. ids.SelectMany(id => BytesOf(Token(tokenizer, id)))]));
    }

    [Theory]
    [MemberData(nameof(ByteFallback))]
    public void A_byte_fallback_stream_gives_the_text_of_the_whole_sequence(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        CompareOnRandomIds(tokenizer, ids => Plain([.. ids.Select(id => Token(tokenizer, id)).Where(token => token.Length > 0)]));
    }

    [Theory]
    [MemberData(nameof(ByteLevel))]
    [MemberData(nameof(ByteFallback))]
    public void No_part_of_a_stream_is_half_a_character(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        CheckParts(tokenizer, "Grüße 👩‍🚀🏳️‍🌈 𝔘𝔫𝔦 中文 हिन्दी \u0001 \U0010FFFF 🇩🇪\nend");
    }

    [Fact]
    public void No_part_of_a_sentencepiece_stream_is_half_a_character()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        CheckParts(SharedTokenizers.Model("llama-2"), " Grüße 👩‍🚀🏳️‍🌈 𝔘𝔫𝔦 中文 हिन्दी \u0001 \U0010FFFF 🇩🇪\nend");
    }

    [Fact]
    public void A_character_of_four_bytes_comes_whole_with_its_last_byte()
    {
        var tokenizer = TinyTokenizers.FromJson(TinyTokenizers.ByteLevel());
        var decoder = new StreamingDecoder(tokenizer);
        Assert.Equal(["", "", "", "😀", "a"], new[] { 0xF0, 0x9F, 0x98, 0x80, 'a' }.Select(decoder.Push));
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void A_character_that_never_ends_becomes_one_replacement_at_the_end()
    {
        var decoder = new StreamingDecoder(TinyTokenizers.FromJson(TinyTokenizers.ByteLevel()));
        Assert.Equal("", decoder.Push(0xF0) + decoder.Push(0x9F));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("a", decoder.Push('a')); // a new stream
    }

    [Fact]
    public void A_character_that_is_broken_off_becomes_one_replacement_at_once()
    {
        var decoder = new StreamingDecoder(TinyTokenizers.FromJson(TinyTokenizers.ByteLevel()));
        Assert.Equal(["", "\uFFFDa"], new[] { 0xE2, 'a' }.Select(decoder.Push));
    }

    [Fact]
    public void The_leading_space_goes_only_at_the_very_beginning()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        foreach (var tokenizer in new[] { SharedTokenizers.HuggingFace("llama-2"), SharedTokenizers.Model("llama-2"),
            SharedTokenizers.Gguf("llama-spm") })
        {
            var (space, hello) = (tokenizer.IdOf("▁")!.Value, tokenizer.IdOf("▁Hello")!.Value);
            var decoder = new StreamingDecoder(tokenizer, skipSpecialTokens: true);
            Assert.Equal(["", "Hello", " Hello", " "], new[] { tokenizer.BosId ?? 1, hello, hello, space }.Select(decoder.Push));
            Assert.Equal("", decoder.Flush());
            Assert.Equal(["", " Hello"], new[] { space, hello }.Select(decoder.Push));
        }
    }

    [Fact]
    public void Ids_without_a_token_give_no_text_and_negative_ones_are_refused()
    {
        var decoder = new StreamingDecoder(TinyTokenizers.FromJson(TinyTokenizers.ByteLevel()));
        Assert.Equal("", decoder.Push(1_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Push(-1));
    }

    private static void CheckParts(Tokenizer tokenizer, string text)
    {
        var decoder = new StreamingDecoder(tokenizer, skipSpecialTokens: true);
        var parts = tokenizer.Encode(text).Select(decoder.Push).ToList();
        parts.Add(decoder.Flush());
        var ending = parts.Count(part => part.Length > 0);
        Assert.True(ending > 10, $"the text came in only {ending} parts");
        Assert.All(parts, part => Assert.Equal(part, string.Concat(part.EnumerateRunes())));
        Assert.DoesNotContain(parts, part => part.Contains('\uFFFD', StringComparison.Ordinal));
        Assert.Equal(text, string.Concat(parts));
    }

    /// <summary>Random ids, with bytes over-represented: most sequences of them are no valid UTF-8.</summary>
    private static void CompareOnRandomIds(Tokenizer tokenizer, Func<int[], string> reference)
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(30)).Select(_ =>
                random.Next(random.Next(2) == 0 ? 260 : tokenizer.VocabularySize + 10))];
            var decoder = new StreamingDecoder(tokenizer);
            var streamed = string.Concat(ids.Select(decoder.Push)) + decoder.Flush();
            Assert.Equal(reference(ids), streamed);
            Assert.Equal(streamed, tokenizer.Decode(ids));
        }
    }

    private static string Token(Tokenizer tokenizer, int id) =>
        id < tokenizer.VocabularySize && tokenizer.TryGetToken(id, out var token) ? token : "";

    private static byte[] BytesOf(string token) => token.All(c => ByteAlphabet.ByteOf(c) >= 0)
        ? [.. token.Select(c => (byte)ByteAlphabet.ByteOf(c))]
        : Encoding.UTF8.GetBytes(token);

    /// <summary>Replace, ByteFallback, Fuse and Strip over the whole list, the obvious way.</summary>
    private static string Plain(List<string> tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Count;)
        {
            var run = new List<byte>();
            while (i < tokens.Count && ByteTokens.TryParse(tokens[i].Replace('▁', ' '), out var b))
            {
                run.Add(b);
                i++;
            }
            var decoded = Encoding.UTF8.GetString([.. run]);
            text.Append(Encoding.UTF8.GetBytes(decoded).SequenceEqual(run) ? decoded : new string('\uFFFD', run.Count));
            if (run.Count == 0)
                text.Append(tokens[i++].Replace('▁', ' '));
        }
        return text.Length > 0 && text[0] == ' ' ? text.ToString(1, text.Length - 1) : text.ToString();
    }
}
