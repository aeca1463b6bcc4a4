namespace Trimtab.Steering;

/// <summary>
/// How strongly and how often each latent of a sparse autoencoder fires on the wanted and the unwanted answers of some pairs (STA, section 3.2). An answer counts by the mean of each latent over its tokens:
/// amplitude is the mean of these over answers, frequency the number of answers in which the latent fires at all. Long answers therefore make latents frequent.
/// </summary>
/// <param name="latents">F, the number of latents.</param>
public sealed class AtomStatistics(int latents)
{
    private readonly double[] _positive = new double[latents], _negative = new double[latents];

    /// <summary>How many pairs were added.</summary>
    public int PairCount { get; private set; }

    /// <summary>f⁺: the number of wanted answers in which each latent fires.</summary>
    public int[] PositiveFrequency { get; } = new int[latents];

    /// <summary>f⁻: the number of unwanted answers in which each latent fires.</summary>
    public int[] NegativeFrequency { get; } = new int[latents];

    /// <summary>Δa: mean activation on wanted answers minus that on unwanted ones.</summary>
    /// <exception cref="InvalidOperationException">No pair was added.</exception>
    public double[] AmplitudeDifference => PairCount > 0 ? [.. _positive.Zip(_negative, (p, n) => (p - n) / PairCount)] : throw new InvalidOperationException("Target atoms: there are no pairs to compare. Add at least one.");

    /// <summary>Δf = f⁺ − f⁻.</summary>
    public int[] FrequencyDifference => [.. PositiveFrequency.Zip(NegativeFrequency, (p, n) => p - n)];

    /// <summary>Adds a pair of answers to one question.</summary>
    /// <param name="positive">Each latent's mean over the wanted answer's tokens, [F].</param>
    /// <param name="negative">The same of the unwanted answer.</param>
    public void Add(ReadOnlySpan<float> positive, ReadOnlySpan<float> negative)
    {
        Add(positive, _positive, PositiveFrequency);
        Add(negative, _negative, NegativeFrequency);
        PairCount++;
    }

    private static void Add(ReadOnlySpan<float> answer, double[] sums, int[] counts)
    {
        if (answer.Length != sums.Length)
            throw new ArgumentException($"Target atoms: an answer with {answer.Length} latents was given — {sums.Length} were expected.", nameof(answer));
        for (int j = 0; j < sums.Length; j++)
        {
            sums[j] += answer[j];
            counts[j] += answer[j] > 0 ? 1 : 0;
        }
    }
}
