using Trimtab.Models;

namespace Trimtab.Training;

/// <summary>How well a model predicts texts.</summary>
public static class Evaluation
{
    /// <summary>The mean cross-entropy, in nats, of the tokens that have a loss; e to its power is the perplexity.</summary>
    /// <param name="model">The model, or a view of it.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="passTokens">About how many tokens go through the model at once.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">No token has a loss.</exception>
    public static double MeanLoss(LoadedModel model, IEnumerable<LossText> texts, int passTokens = 4096, CancellationToken cancellation = default)
    {
        using var run = new LossRun(model);
        double sum = 0;
        long count = 0;
        foreach (var part in texts.Where(text => text.LossCount > 0).ChunkBy(text => text.Ids.Length, passTokens))
        {
            int lossTokens = part.Sum(text => text.LossCount);
            sum += (double)run.Loss(part, 1f / lossTokens, cancellation: cancellation).Values[0] * lossTokens;
            count += lossTokens;
        }
        return count > 0 ? sum / count : throw new ArgumentException("Evaluation: no token of the texts has a loss.", nameof(texts));
    }
}
