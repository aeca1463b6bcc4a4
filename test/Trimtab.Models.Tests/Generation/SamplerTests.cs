using Trimtab.Models.Generation;
using Xunit;

namespace Trimtab.Models.Tests.Generation;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [0.1f, 2.0f, -1.0f, 1.5f, 0.0f, 1.9f];

    [Fact]
    public void Greedy_takes_the_largest_logit() => Assert.Equal(1, new Sampler(new GenerationOptions()).Next(Logits, []).Id);

    [Fact]
    public void Log_probability_is_the_models_own_before_all_settings()
    {
        double expected = Logits[1] - Math.Log(Logits.Sum(l => Math.Exp(l)));
        var (id, logProbability) = new Sampler(new GenerationOptions { Sample = true, TopK = 1, Temperature = 0.1f }).Next(Logits, []);
        Assert.Equal(1, id);
        Assert.Equal(expected, logProbability, 1e-5);
    }

    [Fact]
    public void Draws_follow_the_distribution()
    {
        // 40,000 draws: the standard error of a share is at most 0.0025, and five of those are allowed.
        var counts = Draw(new GenerationOptions { Sample = true, Seed = 7 }, 40_000);
        double total = Logits.Sum(l => Math.Exp(l));
        for (int id = 0; id < Logits.Length; id++)
            Assert.Equal(Math.Exp(Logits[id]) / total, counts[id] / 40_000.0, 0.0125);
    }

    [Theory]
    [InlineData(1, new[] { 1 }), InlineData(2, new[] { 1, 5 }), InlineData(3, new[] { 1, 3, 5 })]
    public void Top_k_keeps_the_k_most_likely(int k, int[] kept) => Assert.Equal(kept, Drawn(new GenerationOptions { Sample = true, TopK = k }));

    // Probabilities, best first: 0.351, 0.318, 0.213, 0.053, …: together 0.351, 0.669, 0.882, 0.935.
    [Theory]
    [InlineData(0.3f, new[] { 1 }), InlineData(0.5f, new[] { 1, 5 }), InlineData(0.7f, new[] { 1, 3, 5 }), InlineData(0.9f, new[] { 0, 1, 3, 5 })]
    public void Top_p_keeps_the_smallest_set_that_reaches_p(float p, int[] kept) => Assert.Equal(kept, Drawn(new GenerationOptions { Sample = true, TopP = p }));

    // Relative to the best: 1, 0.905, 0.607, 0.150, 0.135, 0.050.
    [Theory]
    [InlineData(0.95f, new[] { 1 }), InlineData(0.6f, new[] { 1, 3, 5 }), InlineData(0.14f, new[] { 0, 1, 3, 5 })]
    public void Min_p_keeps_tokens_relative_to_the_best(float p, int[] kept) => Assert.Equal(kept, Drawn(new GenerationOptions { Sample = true, MinP = p }));

    [Fact]
    public void Repetition_penalty_divides_positive_and_multiplies_negative_logits_once_each()
    {
        // 2.0 / 1.2 = 1.67 < 1.9; had it applied once per occurrence of token 5, the order would differ as well.
        Assert.Equal(5, new Sampler(new GenerationOptions { RepetitionPenalty = 1.2f }).Next(Logits, [1, 1, 1, 2]).Id);
        Assert.Equal(1, new Sampler(new GenerationOptions { RepetitionPenalty = 1.2f }).Next(Logits, [1, 1, 5]).Id);
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens_and_another_seed_others()
    {
        int[] Tokens(int seed)
        {
            var sampler = new Sampler(new GenerationOptions { Sample = true, Seed = seed });
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits, []).Id)];
        }
        Assert.Equal(Tokens(3), Tokens(3));
        Assert.NotEqual(Tokens(3), Tokens(4));
    }

    [Fact]
    public void Draws_from_a_large_vocabulary_are_those_of_sorting_all_of_it()
    {
        var random = new Random(5);
        foreach (float spread in (float[])[0.001f, 2, 20, 300])
            foreach (var options in (GenerationOptions[])[new(), new() { TopP = 0.9f }, new() { TopP = 0.999f, MinP = 0.01f }, new() { MinP = 0.05f }, new() { TopK = 40 }, new() { TopK = 40, TopP = 0.7f }, new() { Temperature = 3 }])
            {
                float[] logits = [.. Enumerable.Range(0, 5000).Select(_ => (random.NextSingle() - 0.5f) * spread)];
                logits[17] = float.NegativeInfinity;
                var sampler = new Sampler(options with { Sample = true, Seed = 3 });
                var draws = new Random(3);
                for (int i = 0; i < 20; i++)
                    Assert.Equal(DrawnBySorting(logits, options, draws.NextDouble()), sampler.Next(logits, []).Id);
            }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(300), InlineData(1000)]
    public void Top_tokens_are_the_first_of_all_sorted_and_equal_ones_in_their_order(int count)
    {
        var random = new Random(count);
        float[] scores = [.. Enumerable.Range(0, 1000).Select(_ => (float)random.Next(-60, 60))];
        int[] ids = new int[count];
        TopTokens.Select(scores, ids);
        Assert.Equal(Enumerable.Range(0, 1000).OrderByDescending(id => scores[id]).Take(count), ids);
    }

    [Fact]
    public void More_top_tokens_than_scores_are_refused() => Assert.Throws<ArgumentException>(() => TopTokens.Select([1, 2], new int[3]));

    // In double precision, everything sorted.
    private static int DrawnBySorting(float[] logits, GenerationOptions options, double draw)
    {
        var best = Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).Take(options.TopK > 0 ? options.TopK : logits.Length).ToArray();
        double[] shares = [.. best.Select(id => Math.Exp((logits[id] - (double)logits[best[0]]) / options.Temperature))];
        double total = shares.Sum(), reached = 0;
        int kept = 0;
        while (kept < best.Length && (kept == 0 || (reached / total < options.TopP && shares[kept] >= options.MinP * shares[0])))
            reached += shares[kept++];
        double left = draw * reached;
        int i = 0;
        while (i < kept - 1 && (left -= shares[i]) >= 0)
            i++;
        return best[i];
    }

    [Fact]
    public void Suppressed_tokens_are_never_drawn()
    {
        float[] logits = [0, float.NegativeInfinity, 0, float.NegativeInfinity];
        var sampler = new Sampler(new GenerationOptions { Sample = true });
        Assert.Equal([0, 2], Enumerable.Range(0, 200).Select(_ => sampler.Next(logits, []).Id).Distinct().Order());
    }

    [Theory]
    [InlineData("Temperature"), InlineData("TopP"), InlineData("MinP"), InlineData("TopK"), InlineData("MaxTokens"), InlineData("RepetitionPenalty"), InlineData("StopStrings")]
    public void An_option_out_of_range_is_named(string option)
    {
        var bad = option switch
        {
            "Temperature" => new GenerationOptions { Temperature = 0 },
            "TopP" => new GenerationOptions { TopP = 0 },
            "MinP" => new GenerationOptions { MinP = 1.1f },
            "TopK" => new GenerationOptions { TopK = -1 },
            "MaxTokens" => new GenerationOptions { MaxTokens = 0 },
            "RepetitionPenalty" => new GenerationOptions { RepetitionPenalty = float.NaN },
            _ => new GenerationOptions { StopStrings = [""] },
        };
        Assert.Contains(option, Assert.Throws<ArgumentException>(() => new Sampler(bad)).Message, StringComparison.Ordinal);
    }

    private static int[] Drawn(GenerationOptions options) => [.. Draw(options, 4000).Select((count, id) => (count, id)).Where(x => x.count > 0).Select(x => x.id)];

    private static int[] Draw(GenerationOptions options, int draws)
    {
        var sampler = new Sampler(options);
        var counts = new int[Logits.Length];
        for (int i = 0; i < draws; i++)
            counts[sampler.Next(Logits, []).Id]++;
        return counts;
    }
}
