using System.Diagnostics;
using System.Text;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>
/// A megabyte may take four times as long as a quarter of it, not sixteen times. The bound of eight leaves room for noise on a busy
/// machine.
/// </summary>
[Collection(nameof(Undisturbed))]
public sealed class LinearTimeTests
{
    private const int Megabyte = 1 << 20;

    private static readonly Lazy<Tokenizer> BytePairs = new(() => TinyTokenizers.FromJson(TinyTokenizers.ByteLevel(
        "a a", "aa aa", "aaaa aaaa", "t h", "th e", "Ġ the", "i n", "e r", "Ġ Ġ", "ĠĠ ĠĠ", "o n", "a n", "an d", "Ġ and")
        .WithAdded(400, "<|x|>", ",\"special\":true").WithAdded(401, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")));

    private static readonly Lazy<Tokenizer> Unigram = new(() => TinyTokenizers.FromJson(TinyTokenizers.Unigram(
        ("<unk>", 0), ("▁", -3), ("a", -3), ("aa", -4), ("aaaa", -5), ("the", -4), ("▁the", -3), ("t", -5), ("h", -5), ("e", -4), ("n", -5),
            ("o", -5), ("i", -5))
        .With("normalizer", """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""")));

    public static TheoryData<string> Texts => ["English", "one letter", "no spaces", "only spaces", "ideographs", "almost tokens"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Byte_pair_encoding(string kind) => AssertLinear(BytePairs.Value, kind);

    [Theory]
    [MemberData(nameof(Texts))]
    public void Unigram_encoding(string kind) => AssertLinear(Unigram.Value, kind);

    [Theory]
    [InlineData("llama-3", "English")]
    [InlineData("llama-3", "no spaces")]
    [InlineData("llama-2", "one letter")]
    [InlineData("llama-2", "no spaces")]
    [InlineData("phi-2", "only spaces")]
    public void Published_tokenizers(string name, string kind)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        AssertLinear(SharedTokenizers.HuggingFace(name), kind);
    }

    [Fact]
    public void Decoding_as_a_stream()
    {
        var tokenizer = BytePairs.Value;
        var (small, large) = (tokenizer.Encode(Text("no spaces", Megabyte / 4)), tokenizer.Encode(Text("no spaces", Megabyte)));
        AssertLinear(() => tokenizer.Decode(small), () => tokenizer.Decode(large));
    }

    private static void AssertLinear(Tokenizer tokenizer, string kind)
    {
        var (small, large) = (Text(kind, Megabyte / 4), Text(kind, Megabyte));
        AssertLinear(() => tokenizer.Encode(small), () => tokenizer.Encode(large));
    }

    /// <summary>
    /// Noise only ever adds time, so the best of interleaved runs is compared, and a few more runs are granted while it looks bad.
    /// </summary>
    private static void AssertLinear(Action quarter, Action whole)
    {
        var (small, large) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < 2 || (round < 40 && large >= 8 * small); round++)
            (small, large) = (Math.Min(small, Milliseconds(quarter)), Math.Min(large, Milliseconds(whole)));
        Assert.True(large < 8 * small,
            $"a quarter of a megabyte takes {small:F1} ms, a megabyte {large:F1} ms: {large / small:F1} times as long");
    }

    private static double Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static string Text(string kind, int length)
    {
        var random = new Random(3);
        var words = new[] { "the", "lantern", "and", "on", "an", "inner", "theory", "of", "tin.", "Then,\n", "42" };
        var text = new StringBuilder(length + 16);
        while (text.Length < length)
            text.Append(kind switch
            {
                "English" => words[random.Next(words.Length)] + " ",
                "one letter" => "a",
                "no spaces" => ((char)('a' + random.Next(26))).ToString(),
                "only spaces" => " ",
                "ideographs" => ((char)(0x4E00 + random.Next(3000))).ToString(),
                "almost tokens" => random.Next(40) == 0 ? "<|x" : "a",
                _ => throw new ArgumentException(kind),
            });
        return text.ToString(0, length);
    }
}

/// <summary>Tests that measure time run while no others do.</summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
