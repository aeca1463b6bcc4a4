using Trimtab.Models;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class TokenStreamTests
{
    [Fact]
    public void A_step_ends_with_the_text_that_reaches_its_tokens()
    {
        var stream = new TokenStream(From, 40, "numbers");
        for (int step = 0; step < 20; step++)
        {
            var texts = stream.TextsOf(step);
            Assert.True(texts.Sum(text => text.Ids.Length) >= 40);
            Assert.True(texts.SkipLast(1).Sum(text => text.Ids.Length) < 40);
        }
    }

    [Fact]
    public void A_step_reads_its_own_numbers_alone()
    {
        var asked = new List<long>();
        var stream = new TokenStream(start => { asked.Add(start); return From(start); }, 40, "numbers");
        var late = stream.TextsOf(1000);
        Assert.Equal([1000L << 20], asked);
        for (int step = 0; step < 5; step++)
            stream.TextsOf(step);
        Assert.Equal(late.Select(text => text.Ids), stream.TextsOf(1000).Select(text => text.Ids));
        Assert.Equal(Length(1000L << 20), late[0].Ids.Length);
        Assert.Equal(Length((1000L << 20) + 1), late[1].Ids.Length);
    }

    [Fact]
    public void The_loss_stands_where_the_texts_say_or_on_every_token()
    {
        IEnumerable<LossText> Answers(long start) => From(start).Select(text => text with { HasLoss = [.. text.HasLoss.Select((_, index) => index > 1)] });
        Assert.All(new TokenStream(Answers, 40, "numbers").TextsOf(3), text => Assert.Equal(text.Ids.Length - 2, text.LossCount));
        Assert.All(new TokenStream(Answers, 40, "numbers", everyToken: true).TextsOf(3), text => Assert.Equal(text.Ids.Length - 1, text.LossCount));
    }

    [Fact]
    public void The_fingerprint_tells_texts_sizes_and_losses_apart()
    {
        string[] fingerprints =
        [
            new TokenStream(From, 40, "a").Fingerprint, new TokenStream(From, 40, "b").Fingerprint, new TokenStream(From, 41, "a").Fingerprint,
            new TokenStream(From, 40, "a", everyToken: true).Fingerprint,
        ];
        Assert.Equal(4, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], new TokenStream(From, 40, "a").Fingerprint);
    }

    [Fact]
    public void Texts_that_end_are_refused_when_they_do()
    {
        var error = Assert.Throws<TrainingException>(() => new TokenStream(start => From(start).Take(2), 40, "two").TextsOf(0));
        Assert.Contains($"end after {Length(0) + Length(1)} tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TokenStream(From, 0, "numbers"));
        Assert.Throws<ArgumentException>(() => new TokenStream(From, TokenStream.MaxTokensPerStep + 1, "numbers"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenStream(From, 40, "numbers").TextsOf(-1));
        Assert.Throws<OverflowException>(() => new TokenStream(From, 40, "numbers").TextsOf(long.MaxValue));
    }

    private static IEnumerable<LossText> From(long start)
    {
        for (long number = start; ; number++)
            yield return Talk.Text(Length(number), (int)(number % 100));
    }

    private static int Length(long number) => 3 + (int)(number * 7 % 13);
}
