using System.Globalization;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Sae;

/// <summary>What a <see cref="SaeCheck"/> measured. Losses are mean cross-entropies in nats for each token.</summary>
public sealed record SaeReport
{
    // A published autoencoder misses 5 to 35 % of the variance of the rows that it was trained on; twice or half its own number of active latents is no noise either.
    private const double MostUnexplained = 0.5, LargestL0Ratio = 2;

    /// <summary>Where rows were encoded.</summary>
    public required HookPoint At { get; init; }

    /// <summary>Where the autoencoder comes from, as its file claims.</summary>
    public required SaeOrigin Origin { get; init; }

    /// <summary>How many texts were read.</summary>
    public required int TextCount { get; init; }

    /// <summary>How many rows were encoded.</summary>
    public required long RowCount { get; init; }

    /// <summary>F.</summary>
    public required int LatentCount { get; init; }

    /// <summary>The mean number of active latents per row.</summary>
    public required double L0 { get; init; }

    /// <summary>The number that the file states, or k; null where it states none.</summary>
    public required double? ClaimedL0 { get; init; }

    /// <summary>FVU = Σ ‖x − x̂‖² / Σ ‖x − mean x‖²: 0 is perfect, 1 is what the mean row alone would give, above 1 is worse.</summary>
    public required double UnexplainedVariance { get; init; }

    /// <summary>1 − FVU.</summary>
    public double ExplainedVariance => 1 - UnexplainedVariance;

    /// <summary>How many latents were active in no row. Over few texts most of them are rare, not dead.</summary>
    public required int DeadCount { get; init; }

    /// <summary>The share of them, 0 … 1.</summary>
    public double DeadShare => (double)DeadCount / LatentCount;

    /// <summary>The mean length of the rows.</summary>
    public required double MeanNorm { get; init; }

    /// <summary>The mean length of their reconstructions.</summary>
    public required double MeanReconstructedNorm { get; init; }

    /// <summary>The model's own loss.</summary>
    public double CleanLoss { get; init; }

    /// <summary>Its loss with reconstructions in place of the rows.</summary>
    public double ReconstructedLoss { get; init; }

    /// <summary>Its loss with zeros in their place.</summary>
    public double ZeroedLoss { get; init; }

    /// <summary>(zeroed − reconstructed) / (zeroed − clean): 1 where nothing of the loss is lost; below 0 where zeros would do better. Null where zeros do no harm.</summary>
    public double? LossRecovered => ZeroedLoss > CleanLoss ? (ZeroedLoss - ReconstructedLoss) / (ZeroedLoss - CleanLoss) : null;

    /// <summary>What speaks against the autoencoder being in its place here; empty where nothing does.</summary>
    public IReadOnlyList<SaeFinding> Findings => [.. Find()];

    private IEnumerable<SaeFinding> Find()
    {
        if (Origin.At is { } claimed && claimed != At)
            yield return new SaeFinding(SaeProblem.OtherPlace, $"its file says that it was trained at {claimed}, and it was measured at {At}");
        // A NaN lies on no side of a bound, and is a finding.
        if (!(UnexplainedVariance <= MostUnexplained))
            yield return new SaeFinding(SaeProblem.DoesNotFit, string.Create(CultureInfo.InvariantCulture,
                $"it misses {UnexplainedVariance:P0} of the rows' variance (rows are {MeanNorm:G3} long on average, reconstructions {MeanReconstructedNorm:G3}) — it belongs to another layer, place or model, or its rows were normalised otherwise"));
        if (ClaimedL0 is > 0 and var stated && !(L0 <= stated * LargestL0Ratio && L0 >= stated / LargestL0Ratio))
            yield return new SaeFinding(SaeProblem.OtherL0, string.Create(CultureInfo.InvariantCulture, $"{L0:G4} latents are active per row, and its file states {stated:G4} — thresholds or normalisation are not those that it was trained with, or the text is of another kind"));
    }
}

/// <summary>What a check found wrong.</summary>
/// <param name="Problem">Which problem it is.</param>
/// <param name="Message">The numbers, and what they suggest.</param>
public sealed record SaeFinding(SaeProblem Problem, string Message);

/// <summary>The problems that a check can find.</summary>
public enum SaeProblem
{
    /// <summary>It was measured at another hook point than its file claims.</summary>
    OtherPlace,
    /// <summary>It does not reconstruct the rows.</summary>
    DoesNotFit,
    /// <summary>Far more or fewer latents are active than its file states.</summary>
    OtherL0,
}
