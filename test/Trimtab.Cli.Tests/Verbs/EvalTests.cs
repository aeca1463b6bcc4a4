using System.Text.Json.Nodes;
using Trimtab.Cli.Verbs;
using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Metrics;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>What exams print.</summary>
public sealed class EvalTests
{
    [Fact]
    public void A_measure_without_an_estimate_has_no_numbers_and_keeps_its_counts()
    {
        var report = new ExamReport(2, [new ExamRow("safety", "refused", Estimate.None, Unreadable: 4), new ExamRow("knowledge", "facts", new Estimate(50, 40, 60, 8))], []);
        var rows = JsonNode.Parse(JsonOutput.Line(EvalVerb.ToJson(report)))!["rows"]!.AsArray();
        Assert.Null(rows[0]!["value"]);
        Assert.Equal((4, 0), (rows[0]!["unreadable"]!.GetValue<int>(), rows[0]!["count"]!.GetValue<int>()));
        Assert.Equal(50, rows[1]!["value"]!.GetValue<double>());
        Assert.Null(JsonOutput.Of(Estimate.None));
    }
}
