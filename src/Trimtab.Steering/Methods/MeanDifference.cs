using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>Difference of class means (CAA, Rimsky et al. 2024, eq. 1): v = E[h⁺] − E[h⁻], at the output of every block.</summary>
[SteeringMethod("mean-difference", Paper = "https://arxiv.org/abs/2312.06681")]
public sealed record MeanDifference : ISteeringMethod
{
    /// <summary>Which tokens are read, and how they pool into one row per example.</summary>
    public TokenRule Tokens { get; init; } = TokenRule.AnswerMean;

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        ContrastReading.OfAnswers(this, model, data, Tokens, Form, progress, cancellation).Fit((_, rows) => rows.MeanDifference());
}
