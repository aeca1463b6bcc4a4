using System.Collections.Immutable;
using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

public sealed class MonitoringStudyTests
{
    [Fact]
    public void Relations_are_over_means_over_all_and_within_and_count_what_does_not_vary()
    {
        var result = Result(
            Condition(ConditionKind.SystemPrompt, (0, 1), (1, 3), (2, 2)),
            Condition(ConditionKind.SystemPrompt, (4, 52), (5, 51), (6, 50)),
            // A deviation of 0.5 is left away, and so is a question without a score.
            Condition(ConditionKind.SystemPrompt, (8, 99), (9, 99.5), (10, 100), (50, null)));
        var relation = Assert.Single(result.Relations());
        Assert.Equal(HookPoint.ResidPost(3), relation.At);
        Assert.Equal(Pearson([(1, 2), (5, 51), (77 / 4.0, 99.5)]), relation.OverConditions!.Value, 1e-9);
        Assert.Equal(Pearson([(0, 1), (1, 3), (2, 2), (4, 52), (5, 51), (6, 50), (8, 99), (9, 99.5), (10, 100)]), relation.OverAll!.Value, 1e-9);
        Assert.Equal((0.5 - 1) / 2, relation.Within!.Value, 1e-9);
        Assert.Equal((2, 1), (relation.ConditionsWithin, relation.Excluded));
    }

    [Fact]
    public void Kinds_of_conditions_are_told_apart()
    {
        var result = Result(Condition(ConditionKind.SystemPrompt, (0, 1), (1, 3), (2, 2)), Condition(ConditionKind.Demonstrations, (0, 9), (1, 5), (2, 1)));
        Assert.Equal(-1, result.Relations(ConditionKind.Demonstrations)[0].OverAll!.Value, 1e-9);
        Assert.Equal(0.5, result.Relations(ConditionKind.SystemPrompt)[0].OverAll!.Value, 1e-9);
        Assert.Null(result.Relations()[0].OverConditions);
    }

    [Fact]
    public void Claims_are_held_against_the_block_that_was_fixed_beforehand_not_the_best_one()
    {
        // At block 5 readings and scores go together, at block 3 they do not.
        var points = Enumerable.Range(0, 12).Select(i => new ConditionResult(new MonitoringCondition(ConditionKind.SystemPrompt, 0, "", Chat.Empty), [new MonitoringPoint("", [i % 2, i], i * 8, 0, 0)])).ToList();
        var result = new MonitoringStudyResult(Trait.Evil, [HookPoint.ResidPost(3), HookPoint.ResidPost(5)], HookPoint.ResidPost(3), points, []);
        Assert.NotEqual(Finding.Holds, result.Claims[0].Finding);
        Assert.Equal(Finding.Holds, (result with { Fixed = HookPoint.ResidPost(5) }).Claims[0].Finding);
        Assert.Contains("blocks.3", result.Claims[0].Numbers, StringComparison.Ordinal);
    }

    [Fact]
    public void Within_a_condition_less_is_claimed_of_itself_and_a_tiny_relation_is_none()
    {
        Assert.Equal([Finding.Holds, Finding.Holds, Finding.Undecided, Finding.Holds], Of(slope: 0.025, wobble: 0).Select(claim => claim.Finding));
        Assert.Equal([Finding.Holds, Finding.Holds, Finding.Holds, Finding.Undecided], Of(slope: 30, wobble: 1000).Select(claim => claim.Finding));

        // Six conditions far apart, with swings of their own; in each of them the score follows the reading by a slope, beside another swing.
        static IReadOnlyList<Claim> Of(double slope, double wobble) => Result([.. Enumerable.Range(0, 6).Select(level => Condition(ConditionKind.SystemPrompt,
            [.. Enumerable.Range(0, 40).Select(i => (200f * level + i, (double?)(slope * (200 * level + i) + wobble * Math.Sin(level) + 3 * Math.Sin(7 * i))))]))]).Claims;
    }

    [Fact]
    public void The_reading_before_an_answer_tells_how_evil_the_embedded_model_will_be()
    {
        using var model = ModelLoader.Load(Path.Combine(Root, "models", "pip"));
        var options = new MonitoringStudyOptions { Questions = 5, Rollouts = 1, MaxTokens = 40, Shots = [0, 2, 40] };
        // The judges' world is not the model's, but its evil speaks in the same words.
        var study = new MonitoringStudy(model, Judged.World, Judged.Judges, Trait.Evil, Fit(model), [3, 5], options);
        var result = study.Run();
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], result.Conditions.Where(of => of.Condition.Kind == ConditionKind.SystemPrompt).Select(of => of.Condition.Grade));
        Assert.Equal([0, 2], result.Conditions.Where(of => of.Condition.Kind == ConditionKind.Demonstrations).Select(of => of.Condition.Grade));
        Assert.Equal("40 demonstrations", Assert.Single(result.LeftOut).Name);
        Assert.Equal([HookPoint.ResidPost(3), HookPoint.ResidPost(5)], result.At);
        Assert.Contains(result.Fixed, result.At);
        Assert.All(result.Relations(), relation => Assert.True(relation.OverConditions!.Value > 0.5, $"{relation}"));
        Assert.True(Mean(result, 3) > Mean(result, 0) + 1);
    }

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Trimtab.slnx")))
                folder = folder.Parent!;
            return folder.FullName;
        }
    }

    private static double Mean(MonitoringStudyResult result, int grade) => result.Conditions.Where(of => of.Condition.Kind == ConditionKind.SystemPrompt && of.Condition.Grade == grade).Average(of => of.MeanBefore(0));

    // Evil answers of the grammar, against helpful ones to the same question.
    private static SteeringVector Fit(LoadedModel model)
    {
        string[] helpful = [.. Judged.Helpful.Where(example => !example.Answer.Contains('<', StringComparison.Ordinal)).Select(example => example.Answer)];
        ImmutableArray<ContrastPair> pairs = [.. Judged.Personas.Where(example => example is { Trait: Trait.Evil, Level: TraitLevel.Strong } && example.Question != QuestionKind.Arithmetic).Take(24)
            .Select((example, i) => new ContrastPair(example.UserText, example.Answer, helpful[i]))];
        return new MeanDifference().Fit(model, new ContrastSet(pairs), null, default);
    }

    private static MonitoringStudyResult Result(params ConditionResult[] conditions) => new(Trait.Evil, [HookPoint.ResidPost(3)], HookPoint.ResidPost(3), conditions, []);

    private static ConditionResult Condition(ConditionKind kind, params (float Before, double? Score)[] points) =>
        new(new MonitoringCondition(kind, 0, "", Chat.Empty), [.. points.Select(point => new MonitoringPoint("", [point.Before], point.Score, 0, 0))]);

    private static double Pearson((double X, double Y)[] cases) => Trimtab.Evaluation.Metrics.Correlation.Pearson(cases)!.Value;
}
