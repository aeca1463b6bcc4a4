using Trimtab.Models.Hooks;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Tensors;
using Xunit;
using static Trimtab.Steering.Tests.Gates.SomeGates;

namespace Trimtab.Steering.Tests.Gates;

public sealed class ConditionSearchTests
{
    [Fact]
    public void Separated_scores_are_split_in_the_middle_of_their_gap_on_the_side_where_they_lie()
    {
        Assert.Equal((0.5, GateComparison.Larger, 1.0, 0.25), ThresholdSearch.Best([0.75, 0.625, 0.9], [0.1, 0.375]));
        Assert.Equal((0.5, GateComparison.Smaller, 1.0, 0.25), ThresholdSearch.Best([0.1, 0.375], [0.75, 0.625, 0.9]));
    }

    [Fact]
    public void Of_scores_that_overlap_the_largest_F1_is_found()
    {
        // Above 0.5 all four open with two false alarms, F1 = 8/10; above 2.5 three with one, 6/8; above 4.5 two with none, 4/6.
        var best = ThresholdSearch.Best([1, 3, 5, 6], [0, 2, 4])!.Value;
        Assert.Equal(Enumerate([1, 3, 5, 6], [0, 2, 4]).Max(), best.F1, 1e-12);
        Assert.Equal(0.8, best.F1, 1e-12);
    }

    [Fact]
    public void Scores_that_do_not_differ_have_no_threshold() => Assert.Null(ThresholdSearch.Best([1, 1], [1]));

    [Fact]
    public void A_planted_point_is_found_among_others_and_its_gate_decides_as_promised()
    {
        // Prompts of the first set repeat a token that no other holds; its row at block 0 is the condition there, block 2 gets noise.
        var random = new Random(5);
        int[] Prompt(int planted) => [.. Enumerable.Range(0, 8).Select(i => i % 2 == 1 ? planted : 10 + random.Next(100))];
        int[][] prompts = [.. Enumerable.Range(0, 12).Select(_ => Prompt(300))], others = [.. Enumerable.Range(0, 12).Select(_ => Prompt(200))];
        var condition = SteeringVector.FromDirections(
            [(HookPoint.ResidPost(0), Tensor.From(Rows([300], HookPoint.ResidPost(0))[0])), (HookPoint.ResidPost(2), SomeEdits.A)], Provenance.For(Model, "test"));
        var ranked = ConditionSearch.Rank(Model, condition, prompts, others);
        Assert.Equal([HookPoint.ResidPost(0), HookPoint.ResidPost(2)], ranked.Select(found => found.At));
        Assert.Equal(1, ranked[0].F1);
        Assert.True(ranked[1].F1 < 1);
        foreach (var found in ranked)
        {
            int truePositives = prompts.Count(prompt => IsOpen(found, prompt)), falsePositives = others.Count(prompt => IsOpen(found, prompt));
            Assert.Equal(found.F1, 2.0 * truePositives / (truePositives + falsePositives + prompts.Length), 1e-12);
        }

        bool IsOpen(ConditionPoint found, int[] prompt) => Assert.Single(Decide(found.Gate(condition), prompt).Decisions).Outcome == GateOutcome.Open;
    }

    [Fact]
    public void Points_of_one_block_and_outside_the_blocks_are_all_read()
    {
        HookPoint[] points = [HookPoint.Embed, new(Site.ResidPre, 3), HookPoint.ResidPost(3), HookPoint.FinalNorm];
        var condition = SteeringVector.FromDirections(points.Select(point => (point, SomeEdits.A)), Provenance.For(Model, "test"));
        foreach (var found in ConditionSearch.Rank(Model, condition, [One], [Other], GateReading.LastPromptToken))
        {
            double[] scores = [.. new[] { One, Other }.Select(ids => ConditionGate.Similarity(Rows(ids, found.At)[^1], SomeEdits.A.Values))];
            Assert.Equal(Math.Abs(scores[0] - scores[1]), found.Margin, 1e-7);
            Assert.Equal(scores.Average(), found.Threshold, 1e-7);
            Assert.Equal(scores[0] > scores[1] ? GateComparison.Larger : GateComparison.Smaller, found.Comparison);
        }
    }

    [Fact]
    public void What_cannot_be_searched_is_refused()
    {
        var condition = SteeringVector.FromDirections([(Read, SomeEdits.A)], Provenance.For(Model, "test"));
        Assert.Contains("At least one of each", Assert.Throws<ArgumentException>(() => ConditionSearch.Rank(Model, condition, [One], [])).Message, StringComparison.Ordinal);
        Assert.Contains("no threshold", Assert.Throws<ArgumentException>(() => ConditionSearch.Rank(Model, condition, [One], [One])).Message, StringComparison.Ordinal);
        Assert.Contains("decided once", Assert.Throws<ArgumentException>(() => ConditionSearch.Rank(Model, condition, [One], [Other], GateReading.EachToken)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<double> Enumerate(double[] positives, double[] negatives)
    {
        for (double threshold = -0.5; threshold < 7; threshold++)
            foreach (bool larger in (bool[])[true, false])
            {
                int tp = positives.Count(x => x > threshold == larger), fp = negatives.Count(x => x > threshold == larger);
                // A threshold beyond all scores does not tell anything apart.
                if (threshold is > 0 and < 6)
                    yield return 2.0 * tp / (tp + fp + positives.Length);
            }
    }
}
