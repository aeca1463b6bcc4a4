using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Sae;

public sealed class FeatureScanTests : IDisposable
{
    private const int Latents = 20;

    private static readonly HookPoint At = HookPoint.ResidPost(1);
    private static readonly int[][] Texts = [[1, 30, 31, 32, 33], [1, 40, 41], [1, 50, 51, 52, 53, 54, 55, 56], [1, 60, 30, 62]];

    private readonly WordModel _words = new();
    private readonly SparseAutoencoder _sae = SmallSae(Latents);

    public void Dispose()
    {
        _sae.Dispose();
        _words.Dispose();
    }

    [Fact]
    public void Profiles_hold_what_a_plain_reading_of_every_text_finds()
    {
        float[][][] all = [.. Texts.Select(Values)];
        int[] firing = [.. Enumerable.Range(0, Latents).Where(latent => all.Any(text => text.Skip(1).Any(row => row[latent] > 0)))];
        Assert.True(firing.Length > 3);
        var profiles = new FeatureScan(_words.Model, _sae, new FeatureScanOptions { Passages = 2, Context = 2, TextsPerPass = 3 }).Run(Texts, firing);
        foreach (var profile in profiles)
        {
            float[][] own = [.. all.Select(text => text.Select(row => row[profile.Latent]).ToArray())];
            float[] rows = [.. own.SelectMany(text => text.Skip(1))];
            Assert.Equal(rows.Count(value => value > 0) / (double)rows.Length, profile.Density, 1e-12);
            Assert.Equal(rows.Where(value => value > 0).Average(value => (double)value), profile.MeanActivation, 1e-5);
            int[] strongest = [.. Enumerable.Range(0, Texts.Length).Where(text => own[text].Skip(1).Any(value => value > 0)).OrderByDescending(text => own[text].Skip(1).Max()).Take(2)];
            Assert.Equal(strongest.Length, profile.Passages.Count);
            foreach (var (text, passage) in strongest.Zip(profile.Passages))
            {
                int peak = Enumerable.Range(1, Texts[text].Length - 1).MaxBy(position => own[text][position]), first = Math.Max(0, peak - 2);
                Assert.Equal(peak - first, passage.Peak);
                Assert.Equal(Texts[text][first..Math.Min(Texts[text].Length, peak + 3)].Select(id => $"w{id}"), passage.Tokens.Select(token => token.Trim()));
                Assert.Equal(own[text][peak], passage.Activations[passage.Peak], 1e-5f);
            }
        }
    }

    [Fact]
    public void The_decoder_row_raises_the_tokens_whose_unembedding_it_lies_along()
    {
        var profile = new FeatureScan(_words.Model, _sae).Run(Texts, [3])[0];
        var row = _sae.DecoderRow(3).Reshape(new Shape(1, Width));
        float[] logits = [.. _words.Model.Decoder.Head.Forward(_words.Model.Decoder.FinalNorm.Forward(row)).Values];
        Assert.Equal(Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).Take(10).Select(id => $"w{id}"), profile.Raised.Select(token => token.Token.Trim()));
        Assert.Equal(Enumerable.Range(0, logits.Length).OrderBy(id => logits[id]).Take(10).Select(id => $"w{id}"), profile.Lowered.Select(token => token.Token.Trim()));
    }

    [Fact]
    public void The_opposite_direction_lowers_what_a_direction_raises_whatever_the_norm_adds()
    {
        // The final norm of GPT-2 has a bias, which would raise and lower the same tokens for any direction.
        using var words = new WordModel("gpt2");
        var effect = new LogitEffect(words.Model);
        var (there, back) = (effect.Of(A, 10), effect.Of(A.Scale(-1), 10));
        Assert.Equal(there.Raised.Select(token => token.Token), back.Lowered.Select(token => token.Token));
        Assert.Equal(there.Lowered.Select(token => token.Token), back.Raised.Select(token => token.Token));
        foreach (var (raised, lowered) in there.Raised.Zip(back.Lowered))
            Assert.Equal(raised.Logit, -lowered.Logit, 1e-5f);
    }

    [Fact]
    public void The_latents_of_a_text_come_by_their_largest_activation()
    {
        var largest = Enumerable.Range(0, Latents).Select(latent => Values(Texts[2]).Skip(1).Max(row => row[latent])).ToArray();
        Assert.Equal(Enumerable.Range(0, Latents).Where(latent => largest[latent] > 0).OrderByDescending(latent => largest[latent]).Take(4), new FeatureScan(_words.Model, _sae).Strongest(Texts[2], 4));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var lost = new SparseAutoencoder(_sae.Weights, _sae.Kind);
        Assert.Contains("its file does not say", Assert.Throws<SteeringException>(() => new FeatureScan(_words.Model, lost)).Message, StringComparison.Ordinal);
        var scan = new FeatureScan(_words.Model, _sae);
        foreach (int[] latents in (int[][])[[Latents], [-1], [3, 3]])
            Assert.Contains("latents are 0 … 19, each once", Assert.Throws<ArgumentException>(() => scan.Run(Texts, latents)).Message, StringComparison.Ordinal);
    }

    private float[][] Values(int[] ids)
    {
        var capture = new ActivationCapture([At]);
        using var run = new ModelRun(_words.Model, [new Sequence(ids)], [capture], At);
        run.Forward(LogitRows.None);
        var latents = _sae.Encode(capture[At]);
        return [.. Enumerable.Range(0, ids.Length).Select(row => latents.Row(row).ToArray())];
    }
}
