using Trimtab.Models;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class EndlessTextsTests
{
    private static readonly LossText[] Texts = [.. Enumerable.Range(0, 10).Select(i => LossText.Whole([i, i, i, i]))];

    [Fact]
    public void Every_text_comes_once_in_every_round_and_rounds_have_orders_of_their_own()
    {
        var stream = new EndlessTexts(Texts, tokensPerStep: 12, seed: 1, "x");
        Assert.Equal(3, stream.TextsPerStep);
        int[] seen = [.. Enumerable.Range(0, 10).SelectMany(step => stream.TextsOf(step)).Select(text => text.Ids[0])];
        Assert.All(seen.Chunk(10), round => Assert.Equal(Enumerable.Range(0, 10), round.Order()));
        Assert.Equal(3, seen.Chunk(10).Select(round => string.Join(' ', round)).Distinct().Count());
    }

    [Fact]
    public void A_step_follows_from_its_number_and_the_seed_alone()
    {
        var stream = new EndlessTexts(Texts, 12, 1, "x");
        int[] late = Ids(stream, 7);
        Assert.Equal(late, Ids(new EndlessTexts(Texts, 12, 1, "x"), 7));
        Ids(stream, 0);
        Assert.Equal(late, Ids(stream, 7));
        Assert.NotEqual(late, Ids(new EndlessTexts(Texts, 12, 2, "x"), 7));
    }

    [Fact]
    public void Other_texts_seeds_and_sizes_have_other_fingerprints() => Assert.Equal(4, new[]
    {
        new EndlessTexts(Texts, 12, 1, "x"), new EndlessTexts(Texts, 12, 1, "y"), new EndlessTexts(Texts, 12, 2, "x"), new EndlessTexts(Texts, 16, 1, "x"),
    }.Select(stream => stream.Fingerprint).Distinct().Count());

    [Fact]
    public void No_texts_are_no_stream() => Assert.Throws<ArgumentException>(() => new EndlessTexts([], 12, 1, "x"));

    private static int[] Ids(EndlessTexts stream, long step) => [.. stream.TextsOf(step).Select(text => text.Ids[0])];
}
