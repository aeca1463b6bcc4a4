using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>How an answer lies along a trait's direction u; a is the mean of the rows of its tokens at the trait's block (Chen et al. 2025, section 6).</summary>
/// <param name="Response">a(x, y) · u: the raw projection.</param>
/// <param name="PromptLast">h · u, for h the row of the prompt's last token: what the cheap proxy takes the base from.</param>
/// <param name="Base">What the response is compared with: in the full mode a(x, y′) · u for the model's own answer y′, with the prompt proxy slope · PromptLast + intercept, in the raw mode 0.</param>
/// <param name="Difference">Response − Base: by how much the answer shows more of the trait than what it is compared with.</param>
/// <param name="Cosine">a(x, y) · u / ‖a(x, y)‖, −1 … 1.</param>
public sealed record TraitScore(float Response, float PromptLast, float Base, float Difference, float Cosine);

/// <summary>What was found for a row: its scores, or why it has none.</summary>
/// <param name="Line">The line of the data on which the row begins, from 1.</param>
/// <param name="Hash">Identifies prompt and answer by their content; null where the row cannot be used.</param>
/// <param name="Scores">The scores by trait; null where the row cannot be used.</param>
/// <param name="OwnAnswer">What the model answers by itself; null where it was not asked.</param>
/// <param name="Problem">What is wrong with a row that cannot be used.</param>
/// <param name="Reason">The same in a sentence.</param>
public sealed record ScreenedRow(
    int Line, string? Hash = null, IReadOnlyDictionary<string, TraitScore>? Scores = null, string? OwnAnswer = null, DataProblemKind? Problem = null, string? Reason = null)
{
    /// <summary>A row that cannot be used.</summary>
    public static ScreenedRow Unusable(DataProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return new(problem.Line) { Problem = problem.Kind, Reason = problem.Reason };
    }
}

/// <summary>The line by which the cheap proxy makes a base of the prompt's last token, for one trait: base ≈ Slope · p + Intercept.</summary>
/// <param name="Slope">The factor; 1 without calibration.</param>
/// <param name="Intercept">What is added; 0 without calibration.</param>
/// <param name="Rows">How many rows it was fitted on; 0 without calibration.</param>
/// <param name="Correlation">Pearson's r between p and the base over these rows: how well the proxy can do. Null without calibration, and where one of them does not vary.</param>
public sealed record ProxyLine(double Slope, double Intercept, int Rows, double? Correlation = null)
{
    /// <summary>The prompt's last token as it is.</summary>
    public static ProxyLine Identity { get; } = new(1, 0, 0);

    /// <summary>The line of least squares; of slope 1 where all p are equal, which leaves the slope open.</summary>
    /// <param name="points">p and base of each row; at least one.</param>
    public static ProxyLine Fit(IReadOnlyList<(double X, double Y)> points)
    {
        double meanX = points.Average(point => point.X), meanY = points.Average(point => point.Y);
        double xx = points.Sum(point => (point.X - meanX) * (point.X - meanX)), yy = points.Sum(point => (point.Y - meanY) * (point.Y - meanY));
        double xy = points.Sum(point => (point.X - meanX) * (point.Y - meanY)), slope = xx > 0 ? xy / xx : 1;
        return new ProxyLine(slope, meanY - slope * meanX, points.Count, xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : null);
    }

    internal float At(float promptLast) => (float)(Slope * promptLast + Intercept);
}
