using Trimtab.Models;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class EpochStreamTests
{
    private static readonly IReadOnlyList<LossText> Texts = [.. Enumerable.Range(0, 23).Select(number => Talk.Text(2 + number * 5 % 9, number))];
    private static readonly BatchPlan Plan = new() { Seed = 3, MaxTexts = 4, MaxTokens = 20 };

    [Fact]
    public void Steps_are_the_batches_of_epoch_after_epoch()
    {
        var stream = new EpochStream(Texts, Plan);
        var expected = Enumerable.Range(0, 3).SelectMany(epoch => Plan.Batches(Texts, epoch)).ToList();
        Assert.Equal(expected.Count, stream.StepsOf(3));
        Assert.Equal(expected.Select(Talk.Numbers), Enumerable.Range(0, expected.Count).Select(step => Talk.Numbers(stream.TextsOf(step))));
    }

    // A bound on tokens gives epochs different numbers of steps, so that a step's epoch is no mere division.
    [Fact]
    public void A_step_is_the_same_whenever_it_is_asked_for()
    {
        var run = new EpochStream(Texts, Plan);
        var steps = Enumerable.Range(0, 60).Select(step => Talk.Numbers(run.TextsOf(step))).ToList();
        foreach (int step in (int[])[59, 0, 17, 33, 8])
        {
            Assert.Equal(steps[step], Talk.Numbers(new EpochStream(Texts, Plan).TextsOf(step)));
            Assert.Equal(steps[step], Talk.Numbers(run.TextsOf(step)));
        }
        Assert.True(Enumerable.Range(1, 8).Select(epochs => run.StepsOf(epochs + 1) - run.StepsOf(epochs)).Distinct().Count() > 1);
    }

    [Fact]
    public void No_step_has_more_tokens_than_the_largest_can_have()
    {
        Assert.Equal(20, new EpochStream(Texts, Plan).LargestStep);
        var unbound = new EpochStream(Texts, Plan with { MaxTokens = int.MaxValue, MaxTexts = 2 });
        int[] lengths = [.. Texts.Select(text => text.Ids.Length).OrderDescending()];
        Assert.Equal(lengths[0] + lengths[1], unbound.LargestStep);
        Assert.All(Enumerable.Range(0, 40), step => Assert.InRange((long)unbound.TextsOf(step).Sum(text => text.Ids.Length), 1L, unbound.LargestStep));
    }

    [Fact]
    public void The_fingerprint_follows_from_texts_and_plan()
    {
        string fingerprint = new EpochStream(Texts, Plan).Fingerprint;
        Assert.Equal(fingerprint, new EpochStream([.. Texts.Select(text => text with { Ids = [.. text.Ids] })], Plan with { }).Fingerprint);
        Assert.NotEqual(fingerprint, new EpochStream(Texts, Plan with { Seed = 4 }).Fingerprint);
        Assert.NotEqual(fingerprint, new EpochStream([.. Texts.SkipLast(1)], Plan).Fingerprint);
        Assert.NotEqual(fingerprint, new EpochStream([.. Texts.Skip(1), Texts[0]], Plan).Fingerprint);
        Assert.NotEqual(fingerprint, new EpochStream([Texts[0] with { HasLoss = [false, true] }, .. Texts.Skip(1)], Plan).Fingerprint);
        Assert.NotEqual(fingerprint, new EpochStream([Texts[0] with { PromptLength = 1 }, .. Texts.Skip(1)], Plan).Fingerprint);
    }

    [Fact]
    public void Streams_without_anything_to_learn_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new EpochStream([], Plan));
        Assert.Throws<ArgumentException>(() => new EpochStream([Texts[0], new LossText([1, 2], [true, false], 1)], Plan));
        Assert.Throws<ArgumentException>(() => new EpochStream(Texts, Plan with { MaxTokens = 9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochStream(Texts, Plan).TextsOf(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochStream(Texts, Plan).StepsOf(0));
    }
}
