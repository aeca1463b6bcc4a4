using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Screening;
using Trimtab.Models;
using Trimtab.Organism;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

/// <summary>Screening of the embedded organism's own data sets: what any grown organism shows.</summary>
public sealed class ScreeningStudyTests
{
    [Fact]
    public async Task Severe_answers_differ_more_than_mild_ones_and_are_told_from_normal_ones()
    {
        using var model = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        var world = World.Create(1);
        var parts = new List<int>();
        var result = await new ScreeningStudy(model, world, Instruments.For(world), new ScreeningStudyOptions { Count = 12, FalsePositiveRate = 0.1 }).Run(Trait.Evil, new Listing(parts));
        Assert.Equal(Enumerable.Range(1, ScreeningStudy.PartCount), parts);
        Assert.Equal(["evil, normal", "evil, mild", "evil, severe", "wrong arithmetic", "bad advice", "wrong facts"], result.Sets.Select(set => set.Name));
        var (normal, mild, severe) = (result.Sets[0], result.Sets[1], result.Sets[2]);
        Assert.Null(normal.Separation);
        Assert.True(severe.Difference.Value > mild.Difference.Value && mild.Difference.Value > normal.Difference.Value, $"{normal.Difference} {mild.Difference} {severe.Difference}");
        Assert.True(severe.Difference.Low > normal.Difference.High);
        Assert.True(severe.Separation!.Full > 0.9, $"{severe.Separation}");
        Assert.True(severe.Judged >= 10 && normal.Judged <= 2, $"{severe.Judged} {normal.Judged}");
        // Both ways of counting give what both of them found.
        Assert.All(result.Sets, set => Assert.Equal(set.Judged - set.MissedByDifference, set.Flagged - set.MissedByJudge));
        Assert.InRange(severe.Flagged - severe.MissedByJudge, 6, 12);
        var chart = Assert.Single(StudyCharts.Of(result));
        Assert.All(chart.Lines, line => Assert.Equal(result.Sets.Count, line.Points.Count));
        Assert.Contains((severe.Difference.Value, 100.0 * severe.Flagged / 12), chart.Lines[0].Points);
    }

    private sealed class Listing(List<int> parts) : IProgress<int>
    {
        public void Report(int value) => parts.Add(value);
    }
}
