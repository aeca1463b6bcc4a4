using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Sae;

/// <summary>A latent that fires in one set of texts more often than in another.</summary>
/// <param name="Latent">Its number.</param>
/// <param name="PositiveShare">The share of the first set's texts in which it fires, 0 … 1.</param>
/// <param name="NegativeShare">The share of the other set's.</param>
/// <param name="MeanActivation">Its mean activation over the tokens of the first set on which it fires.</param>
/// <param name="LargestActivation">Its largest activation in either set: what values to clamp it to are measured by.</param>
public sealed record RankedLatent(int Latent, double PositiveShare, double NegativeShare, double MeanActivation, double LargestActivation);

/// <summary>
/// Finds latents behind a behaviour from texts that show it and texts that do not, such as requests that were refused and requests that were answered (O'Brien et al. 2024, arXiv 2411.11296, section 3): those that fire where the
/// answer begins, in all of the one and in none of the other.
/// </summary>
public sealed class LatentRanking
{
    private const int TextsPerPass = 32;

    private readonly LoadedModel _model;
    private readonly SparseAutoencoder _sae;
    private readonly HookPoint _at;
    private readonly int _answerTokens;

    /// <summary>A ranking by an autoencoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sae">The autoencoder.</param>
    /// <param name="at">Where it reads; null for what its file says.</param>
    /// <param name="answerTokens">How many tokens of each answer are read, besides the last of its prompt.</param>
    /// <exception cref="SteeringException">The hook point is not known, or the autoencoder does not fit it.</exception>
    public LatentRanking(LoadedModel model, SparseAutoencoder sae, HookPoint? at = null, int answerTokens = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(answerTokens);
        (_model, _sae, _answerTokens) = (model, sae, answerTokens);
        _at = sae.RequireFit(model, at);
    }

    /// <summary>The latents by the difference of the shares of texts in which they fire, then by their mean activation.</summary>
    /// <param name="positive">Texts that show the behaviour, with their prompts' lengths.</param>
    /// <param name="negative">Texts that do not.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">A set is empty.</exception>
    public IReadOnlyList<RankedLatent> Rank(IReadOnlyList<EncodedExample> positive, IReadOnlyList<EncodedExample> negative, CancellationToken cancellation = default)
    {
        if (positive.Count == 0 || negative.Count == 0)
            throw new ArgumentException($"Latents: {positive.Count} texts with the behaviour and {negative.Count} without were given — at least one of each is needed.", nameof(positive));
        Firing there = Read(positive, cancellation), elsewhere = Read(negative, cancellation);
        return [.. Enumerable.Range(0, _sae.LatentCount).Where(latent => there.Texts[latent] > 0)
            .Select(latent => new RankedLatent(latent, (double)there.Texts[latent] / positive.Count, (double)elsewhere.Texts[latent] / negative.Count, there.Sums[latent] / there.Tokens[latent],
                Math.Max(there.Largest[latent], elsewhere.Largest[latent])))
            .OrderByDescending(ranked => ranked.PositiveShare - ranked.NegativeShare).ThenByDescending(ranked => ranked.MeanActivation)];
    }

    private Firing Read(IReadOnlyList<EncodedExample> texts, CancellationToken cancellation)
    {
        var firing = new Firing(_sae.LatentCount);
        foreach (var part in texts.Chunk(TextsPerPass))
        {
            Sequence[] sequences = [.. part.Select(text => new Sequence(text.Ids, text.PromptLength))];
            var capture = new ActivationCapture([_at], (sequence, position) => position >= sequence.PromptLength - 1 && position < sequence.PromptLength + _answerTokens);
            using var run = new ModelRun(_model, sequences, [capture], stopAfter: _at);
            run.Forward(LogitRows.None, cancellation: cancellation);
            foreach (var sequence in sequences)
                firing.Add(_sae.EncodeSparse(capture.Of(sequence, _at)));
        }
        return firing;
    }

    private sealed class Firing(int latents)
    {
        public int[] Texts { get; } = new int[latents];

        public int[] Tokens { get; } = new int[latents];

        public double[] Sums { get; } = new double[latents];

        public float[] Largest { get; } = new float[latents];

        public void Add(SparseLatents text)
        {
            var seen = new HashSet<int>();
            for (int row = 0; row < text.RowCount; row++)
            {
                ReadOnlySpan<int> indices = text.Indices(row);
                ReadOnlySpan<float> values = text.Values(row);
                for (int i = 0; i < indices.Length; i++)
                {
                    int latent = indices[i];
                    Texts[latent] += seen.Add(latent) ? 1 : 0;
                    Tokens[latent]++;
                    Sums[latent] += values[i];
                    Largest[latent] = Math.Max(Largest[latent], values[i]);
                }
            }
        }
    }
}
