using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>
/// First principal component of the pairs (representation engineering, Zou et al. 2023, section 3.1; as repeng centres it): each row less the mean of its pair, so that
/// what both answers share is gone, and of these rows ± (h⁺ − h⁻)/2 the unit direction in which they vary most. It is the axis that most of the differences lie along,
/// where the mean difference is their sum. The sign is that of the mean difference: v · (E[h⁺] − E[h⁻]) ≥ 0. At the output of every block.
/// </summary>
[SteeringMethod("pca", Paper = "https://arxiv.org/abs/2310.01405")]
public sealed record Pca : ISteeringMethod
{
    /// <summary>Which tokens are read, and how they pool into one row per example.</summary>
    public TokenRule Tokens { get; init; } = TokenRule.AnswerMean;

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        ContrastReading.OfAnswers(this, model, data, Tokens, Form, progress, cancellation).Fit((_, rows) => Direction(rows));

    internal static double[] Direction(ContrastRows rows)
    {
        var (direction, _) = PrincipalComponent.First(rows.PairCentred());
        return DoubleRows.Dot(direction, rows.MeanDifference()) < 0 ? Array.ConvertAll(direction, value => -value) : direction;
    }
}
