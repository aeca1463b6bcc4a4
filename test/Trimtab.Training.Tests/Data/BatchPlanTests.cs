using Trimtab.Models;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class BatchPlanTests
{
    private static readonly IReadOnlyList<LossText> Texts = [.. Enumerable.Range(0, 50).Select(number => Talk.Text(2 + number * 7 % 11, number))];

    [Fact]
    public void Every_text_comes_once_in_every_epoch()
    {
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.Equal(Enumerable.Range(0, 50), Order(new BatchPlan { MaxTexts = 7, MaxTokens = 30 }, epoch).Order());
    }

    [Fact]
    public void Batches_are_as_large_as_both_bounds_allow()
    {
        var batches = new BatchPlan { MaxTexts = 5, MaxTokens = 30 }.Batches(Texts, 0);
        Assert.All(batches, batch => Assert.InRange(batch.Count, 1, 5));
        Assert.All(batches, batch => Assert.InRange(Tokens(batch), 1, 30));
        Assert.All(batches.Zip(batches.Skip(1)), pair => Assert.True(pair.First.Count == 5 || Tokens(pair.First) + pair.Second[0].Ids.Length > 30));
        Assert.Contains(batches, batch => batch.Count == 5);
        Assert.Contains(batches, batch => Tokens(batch) > 25 && batch.Count < 5);
    }

    [Fact]
    public void The_order_follows_from_seed_and_epoch()
    {
        var plan = new BatchPlan { Seed = 1 };
        Assert.Equal(Order(plan, 2), Order(plan with { MaxTexts = 3 }, 2));
        Assert.NotEqual(Order(plan, 2), Order(plan, 3));
        Assert.NotEqual(Order(plan, 2), Order(plan with { Seed = 2 }, 2));
        Assert.NotEqual(Order(plan, 2), Order(plan with { Seed = 2 }, 1));
        Assert.NotEqual(Enumerable.Range(0, 50), Order(plan, 0));
    }

    // Runs are repeated on other machines and resumed by later versions.
    [Fact]
    public void The_order_is_the_same_everywhere() =>
        Assert.Equal([17, 5, 31, 23, 6, 29, 39, 16, 2, 44], Talk.Numbers(new BatchPlan { Seed = 1, MaxTexts = 10 }.Batches(Texts, 1)[0]));

    [Fact]
    public void A_text_longer_than_a_batch_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new BatchPlan { MaxTokens = 11 }.Batches(Texts, 0));
        Assert.Contains("has 12 tokens, a batch may have 11", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_below_one_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new BatchPlan { MaxTexts = 0 });
        Assert.Throws<ArgumentException>(() => new BatchPlan { MaxTokens = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchPlan().Batches(Texts, -1));
    }

    private static IReadOnlyList<int> Order(BatchPlan plan, int epoch) => Talk.Numbers(plan.Batches(Texts, epoch).SelectMany(batch => batch));

    private static int Tokens(IEnumerable<LossText> batch) => batch.Sum(text => text.Ids.Length);
}
