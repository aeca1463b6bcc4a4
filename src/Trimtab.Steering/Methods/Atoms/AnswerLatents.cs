using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Contrasting answers as a sparse autoencoder sees them: for each answer the mean of its rows, and of every latent over its tokens. Latents are averaged after each token was encoded; the latents of an averaged row are others.
/// </summary>
/// <param name="sae">The autoencoder.</param>
/// <param name="at">Where it reads.</param>
internal sealed class AnswerLatents(SparseAutoencoder sae, HookPoint at)
{
    private const int PairsPerPass = 8;

    private readonly double[] _difference = new double[sae.InputWidth];
    private double _normSum;
    private long _rows;

    /// <summary>How strongly and how often latents fire on either side.</summary>
    public AtomStatistics Statistics { get; } = new(sae.LatentCount);

    /// <summary>The largest value of each latent on a wanted answer, [F].</summary>
    public float[] Largest { get; } = new float[sae.LatentCount];

    /// <summary>The mean length of the rows read.</summary>
    public double MeanNorm => _normSum / _rows;

    /// <summary>The mean difference of answers' mean rows, [D]: the vector of CAA.</summary>
    public Tensor MeanDifference => Tensor.From(Array.ConvertAll(_difference, value => (float)(value / Statistics.PairCount)));

    /// <summary>Reads pairs of examples, in which positive and negative ones alternate.</summary>
    public void Read(LoadedModel model, EncodedExample[] examples, IProgress<int>? progress, CancellationToken cancellation)
    {
        foreach (var part in examples.Index().Chunk(2 * PairsPerPass))
        {
            Sequence[] sequences = [.. part.Select(example => new Sequence(example.Item.Ids, example.Item.PromptLength))];
            var capture = new ActivationCapture([at], (sequence, position) => position >= sequence.PromptLength);
            using var run = new ModelRun(model, sequences, [capture], stopAfter: at);
            run.Forward(LogitRows.None, cancellation: cancellation);
            for (int pair = 0; pair < sequences.Length; pair += 2)
                Statistics.Add(Latents(capture.Of(sequences[pair], at), wanted: true), Latents(capture.Of(sequences[pair + 1], at), wanted: false));
            progress?.Report(part[^1].Index + 1);
        }
    }

    private float[] Latents(Tensor rows, bool wanted)
    {
        var active = sae.EncodeSparse(rows);
        float[] mean = new float[sae.LatentCount];
        for (int row = 0; row < rows.RowCount; row++)
        {
            var values = rows.Row(row);
            for (int i = 0; i < values.Length; i++)
                _difference[i] += (wanted ? values[i] : -values[i]) / (double)rows.RowCount;
            _normSum += TensorPrimitives.Norm<float>(values);
            Add(active, row, mean, wanted);
        }
        _rows += rows.RowCount;
        TensorPrimitives.Divide(mean, rows.RowCount, mean);
        return mean;
    }

    private void Add(SparseLatents active, int row, float[] sums, bool wanted)
    {
        ReadOnlySpan<int> latents = active.Indices(row);
        ReadOnlySpan<float> values = active.Values(row);
        for (int i = 0; i < latents.Length; i++)
        {
            sums[latents[i]] += values[i];
            if (wanted)
                Largest[latents[i]] = Math.Max(Largest[latents[i]], values[i]);
        }
    }
}
