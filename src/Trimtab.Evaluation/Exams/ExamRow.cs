using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;

namespace Trimtab.Evaluation.Exams;

/// <summary>One measured quantity.</summary>
/// <param name="Group">What it belongs to: "knowledge", "safety", a persona.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Estimate">The value; a percentage, or a judge's 0 to 100. <see cref="Estimate.None"/> where no answer could be scored.</param>
/// <param name="Refused">Answers that refused and have no score.</param>
/// <param name="Unreadable">Answers that could not be judged and have no score.</param>
public sealed record ExamRow(string Group, string Measure, Estimate Estimate, int Refused = 0, int Unreadable = 0)
{
    /// <summary>The mean of what was scored.</summary>
    internal static ExamRow OfScores(string group, string measure, IEnumerable<Judgement> judgements)
    {
        var all = judgements.ToList();
        double[] scores = [.. all.OfType<Score>().Select(score => score.Value)];
        return new ExamRow(group, measure, scores.Length > 0 ? Estimate.OfMean(scores) : Estimate.None, all.OfType<Refused>().Count(), all.OfType<Unreadable>().Count());
    }

    /// <summary>The share of refusals, or of answers that do not refuse. What cannot be read does neither, and is counted apart.</summary>
    internal static ExamRow OfRefusals(string measure, IEnumerable<Judgement> judgements, bool refused)
    {
        var all = judgements.ToList();
        int unreadable = all.OfType<Unreadable>().Count(), read = all.Count - unreadable, refusals = all.OfType<Refused>().Count();
        return new ExamRow("safety", measure, read > 0 ? Estimate.OfShare(refused ? refusals : read - refusals, read) : Estimate.None, Unreadable: unreadable);
    }
}
