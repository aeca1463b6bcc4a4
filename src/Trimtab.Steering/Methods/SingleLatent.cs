using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;

namespace Trimtab.Steering;

/// <summary>How long the direction of a single latent is made.</summary>
public enum LatentLength
{
    /// <summary>As long as the mean difference of the same answers, as the baseline of STA has it.</summary>
    MeanDifference,
    /// <summary>The latent's largest activation on a wanted answer, as AxBench has it.</summary>
    LargestActivation,
}

/// <summary>
/// The decoder row of one latent of a sparse autoencoder (AxBench, Wu et al. 2025, arXiv 2501.17148, section 4): the one that is given, or the one whose amplitude rises most among those that also fire on more wanted than unwanted
/// answers. At the autoencoder's hook point.
/// </summary>
[SteeringMethod("single-latent", Paper = "https://arxiv.org/abs/2501.17148")]
public sealed record SingleLatent : ISteeringMethod
{
    /// <summary>The sparse autoencoder: its folder or file.</summary>
    public string? Sae { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.Format"/>.</summary>
    public string? Format { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.K"/>.</summary>
    public int? K { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.InputScale"/>.</summary>
    public float? InputScale { get; init; }

    /// <summary>Where it reads, such as blocks.3.resid_post; null for what its file says.</summary>
    public string? At { get; init; }

    /// <summary>The latent; null to choose it by the answers.</summary>
    public int? Latent { get; init; }

    /// <summary>How long the direction is made.</summary>
    public LatentLength Length { get; init; }

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <inheritdoc/>
    /// <exception cref="SteeringException">No autoencoder is given, it does not fit the model, or no latent stands out.</exception>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        using var sae = SparseAutoencoder.Load(Sae ?? throw new SteeringException("Single latent: no sparse autoencoder is given. Name its folder or file (sae)."),
            new SaeLoadOptions { Format = Format, K = K, InputScale = InputScale });
        return Find(model, sae, data, progress, cancellation).Vector;
    }

    /// <summary>Fits with an autoencoder that is loaded already, and says which latent it took.</summary>
    /// <inheritdoc cref="Fit"/>
    public (SteeringVector Vector, int Latent) Find(LoadedModel model, SparseAutoencoder sae, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var reading = AtomReading.Of(this, model, sae, At, data, Form, progress, cancellation);
        int latent = Latent ?? Strongest(reading.Latents.Statistics);
        float[] row = [.. sae.DecoderRow(latent).Values];
        if (Length == LatentLength.MeanDifference)
            return (reading.AsLongAsMeanDifference(Array.ConvertAll(row, value => (double)value)), latent);
        float largest = reading.Latents.Largest[latent];
        return largest > 0
            ? (reading.Vector(Array.ConvertAll(row, value => largest * value)), latent)
            : throw new SteeringException($"Single latent: latent {latent} fires on none of the wanted answers, so it has no largest activation. Take the length of the mean difference, or another latent.");
    }

    private static int Strongest(AtomStatistics statistics)
    {
        double[] amplitude = statistics.AmplitudeDifference;
        int[] frequency = statistics.FrequencyDifference;
        int best = Enumerable.Range(0, amplitude.Length).Where(latent => amplitude[latent] > 0 && frequency[latent] > 0).OrderByDescending(latent => amplitude[latent]).FirstOrDefault(-1);
        return best >= 0 ? best : throw new SteeringException("Single latent: none fires more often and more strongly on wanted than on unwanted answers. Give other pairs, or name a latent.");
    }
}
