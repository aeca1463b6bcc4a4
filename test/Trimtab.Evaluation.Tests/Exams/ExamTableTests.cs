using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Metrics;
using Xunit;

namespace Trimtab.Evaluation.Tests.Exams;

public sealed class ExamTableTests
{
    [Fact]
    public void Every_measure_is_a_row_and_every_arm_a_column()
    {
        var whole = new ExamReport(2.5, [new ExamRow("knowledge", "facts", new Estimate(95, 90, 98, 60)), new ExamRow("safety", "refused", new Estimate(50, 40, 60, 60), Unreadable: 3), new ExamRow("safety", "answered", Estimate.None, Unreadable: 60)], []);
        var part = new ExamReport(3.25, [new ExamRow("knowledge", "facts", new Estimate(80, 70, 88, 60))], []);
        string[] lines = new ExamTable([("unsteered", whole), ("clamped", part)]).ToMarkdown().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(
        [
            "| | measure | unsteered | clamped |", "|---|---|---:|---:|", "| knowledge | facts | 95.0 [90.0, 98.0] | 80.0 [70.0, 88.0] |", "| safety | refused | 50.0 [40.0, 60.0] (3 unreadable) | – |", "| safety | answered | – (60 unreadable) | – |", "| language | perplexity | 2.50 | 3.25 |",
        ], lines);
    }
}
