using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Sae;

public sealed class LatentRankingTests : IDisposable
{
    private const int Latents = 20;

    private static readonly HookPoint At = HookPoint.ResidPost(1);
    private static readonly EncodedExample[] Positive = [new([1, 30, 31, 32, 33], 2), new([1, 40, 41, 42], 2), new([1, 50, 51], 2)];
    private static readonly EncodedExample[] Negative = [new([1, 60, 61, 62], 3), new([1, 70, 71, 72, 73, 74], 2)];

    private readonly SparseAutoencoder _sae = SmallSae(Latents);

    public void Dispose() => _sae.Dispose();

    [Theory, InlineData(0), InlineData(2)]
    public void Latents_come_by_the_share_of_texts_in_which_the_answer_s_beginning_fires_them(int answerTokens)
    {
        var ranked = new LatentRanking(Model, _sae, answerTokens: answerTokens).Rank(Positive, Negative);
        float[][][] positive = [.. Positive.Select(text => Values(text, answerTokens))], negative = [.. Negative.Select(text => Values(text, answerTokens))];
        double Share(float[][][] texts, int latent) => texts.Count(text => text.Any(row => row[latent] > 0)) / (double)texts.Length;
        foreach (var latent in ranked)
        {
            float[] firing = [.. positive.SelectMany(text => text).Select(row => row[latent.Latent]).Where(value => value > 0)];
            Assert.Equal((Share(positive, latent.Latent), Share(negative, latent.Latent)), (latent.PositiveShare, latent.NegativeShare));
            Assert.Equal(firing.Average(value => (double)value), latent.MeanActivation, 1e-5);
            Assert.Equal(positive.Concat(negative).SelectMany(text => text).Max(row => row[latent.Latent]), latent.LargestActivation, 1e-5);
        }
        Assert.Equal(Enumerable.Range(0, Latents).Where(latent => Share(positive, latent) > 0).Order(), ranked.Select(latent => latent.Latent).Order());
        Assert.Equal(ranked.OrderByDescending(latent => latent.PositiveShare - latent.NegativeShare).ThenByDescending(latent => latent.MeanActivation), ranked);
    }

    [Fact]
    public void An_empty_set_is_refused() => Assert.Throws<ArgumentException>(() => new LatentRanking(Model, _sae).Rank(Positive, []));

    private float[][] Values(EncodedExample text, int answerTokens)
    {
        var capture = new ActivationCapture([At]);
        using var run = new ModelRun(Model, [new Sequence(text.Ids)], [capture], At);
        run.Forward(LogitRows.None);
        var latents = _sae.Encode(capture[At]);
        return [.. Enumerable.Range(text.PromptLength - 1, Math.Min(answerTokens + 1, text.Ids.Length - text.PromptLength + 1)).Select(row => latents.Row(row).ToArray())];
    }
}
