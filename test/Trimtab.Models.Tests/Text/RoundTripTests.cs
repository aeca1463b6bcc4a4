using System.Text;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class RoundTripTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama-3")]
    [InlineData("phi-2")]
    [InlineData("llama-2")]
    [InlineData("mistral-v1-chatml")]
    public void Any_text_comes_back(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        foreach (var text in RandomTexts(2000))
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false)));
    }

    [Fact]
    public void Half_a_surrogate_pair_counts_as_a_replacement_character()
    {
        var tokenizer = TinyTokenizers.FromJson(TinyTokenizers.ByteLevel());
        Assert.Equal("a\uFFFDb\uFFFD😀\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b\uDC00😀\uD83D")));
    }

    [Fact]
    public void Several_threads_get_the_ids_that_one_gets()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace("qwen2.5");
        var texts = RandomTexts(300).ToList();
        var alone = texts.Select(text => tokenizer.Encode(text)).ToList();
        Parallel.For(0, 8 * texts.Count, i => Assert.Equal(alone[i % texts.Count], tokenizer.Encode(texts[i % texts.Count])));
    }

    private static IEnumerable<string> RandomTexts(int count)
    {
        var random = new Random(17);
        for (var i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(20); length > 0; length--)
                text.Append(random.Next(5) switch
                {
                    0 => " ",
                    1 => (char)random.Next(0x20, 0x7F),
                    2 => (char)random.Next(1, 0x250),
                    3 => new Rune(random.Next(0x2000) + (random.Next(2) == 0 ? 0x3000 : 0x1F000)).ToString(),
                    _ => new[] { "the ", "\n\n", "\t", " 12", "'s", "中文", "é" }[random.Next(7)],
                });
            yield return text.ToString();
        }
    }
}
