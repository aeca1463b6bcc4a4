using System.Globalization;
using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>
/// Fisher's linear discriminant (Fisher 1936) with shrinkage: v ∝ S⁻¹ (E[h⁺] − E[h⁻]), S = (1 − γ) S_w + γ (tr S_w / D) I, at length 1, at the output of every block. Where
/// the mean difference also holds what merely varies a lot, the discriminant counts each direction by how reliably it tells the classes apart.
/// </summary>
[SteeringMethod("lda")]
public sealed record Lda : ISteeringMethod
{
    /// <summary>Which tokens are read, and how they pool into one row per example.</summary>
    public TokenRule Tokens { get; init; } = TokenRule.AnswerMean;

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <summary>γ, above 0 and at most 1. With fewer examples than dimensions S_w alone has no inverse; at 1 the direction is that of the mean difference.</summary>
    public double Shrinkage
    {
        get;
        init => field = value is > 0 and <= 1
            ? value
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Lda: the shrinkage is {value} — it must be above 0 and at most 1."), nameof(value));
    } = 0.1;

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        ContrastReading.OfAnswers(this, model, data, Tokens, Form, progress, cancellation).Fit((_, rows) => FisherDiscriminant.Direction(rows, Shrinkage));
}
