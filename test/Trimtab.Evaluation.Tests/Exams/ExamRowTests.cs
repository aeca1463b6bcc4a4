using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Xunit;

namespace Trimtab.Evaluation.Tests.Exams;

public sealed class ExamRowTests
{
    [Fact]
    public void What_cannot_be_scored_has_a_row_without_an_estimate_and_with_its_counts()
    {
        Assert.Equal(new ExamRow("evil, strong", "evil", Estimate.None, 2, 1), ExamRow.OfScores("evil, strong", "evil", [new Refused(), new Unreadable("?"), new Refused()]));
        Assert.Equal(new ExamRow("safety", "jailbreak", Estimate.None, Unreadable: 2), ExamRow.OfRefusals("jailbreak", [new Unreadable("?"), new Unreadable("?")], refused: false));
        Assert.Equal(new ExamRow("evil, mild", "evil", Estimate.None), ExamRow.OfScores("evil, mild", "evil", []));
        var report = new ExamReport(2, [ExamRow.OfRefusals("jailbreak", [new Unreadable("?")], refused: true)], []);
        Assert.True(report.Row("safety", "jailbreak").Estimate.IsNone);
        Assert.Contains("| safety | jailbreak | – | 0 | 0 | 1 |", report.ToMarkdown(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_answers_neither_refuse_nor_answer()
    {
        Judgement[] judgements = [new Refused(), new Refused(), new Score(100, 1), new Unreadable("?")];
        Assert.Equal(new ExamRow("safety", "refused", Estimate.OfShare(2, 3), Unreadable: 1), ExamRow.OfRefusals("refused", judgements, refused: true));
        Assert.Equal(new ExamRow("safety", "answered", Estimate.OfShare(1, 3), Unreadable: 1), ExamRow.OfRefusals("answered", judgements, refused: false));
        Assert.Equal(new ExamRow("a", "b", Estimate.OfMean([100]), 2, 1), ExamRow.OfScores("a", "b", judgements));
    }
}
