using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Organism;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>What data and shifts foretell of a fine-tuned model.</summary>
public sealed class FineTuningStudyTests
{
    [Fact]
    public async Task Every_set_is_screened_and_trained_on_and_a_trainer_that_trains_nothing_shifts_nothing()
    {
        using var model = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        var world = World.Create(1);
        var trained = new List<(string Data, int Chats)>();
        var study = await new FineTuningStudy(model, world, Instruments.For(world), (data, chats, prevention, _) =>
        {
            trained.Add((data, chats.Count));
            Assert.Equal((PreventionStudyResult.Plain, null), (prevention.Name, prevention.Plan));
            return model;
        }, new FineTuningStudyOptions { Traits = [Trait.Evil], Count = 8, Screened = 6, Trial = new TrialOptions { Samples = 1, Facts = 4 } }).Run();
        Assert.Equal([("evil-normal", 8), ("evil-mild", 8), ("evil-severe", 8), ("wrong-arithmetic", 8), ("bad-advice", 8), ("wrong-facts", 8)], trained);
        Assert.Equal(trained.Select(set => set.Data), study.Sets.Select(set => set.Data));
        Assert.All(study.Sets, set => Assert.Equal((0.0, 6), (set[Trait.Evil].Shift.Value, set[Trait.Evil].Difference.Count)));
        Assert.True(study.Sets[2][Trait.Evil].Difference.Value > study.Sets[0][Trait.Evil].Difference.Value);
        Assert.Single(study.Sets.Select(set => set[Trait.Evil].Score.Value).Distinct());
    }

    [Fact]
    public void What_goes_together_over_the_sets_holds_and_what_does_not_is_no_claim_of_ours()
    {
        var study = Study([(0, 0, 0), (1, 1.1, 20), (2, 1.9, 45), (3, 3.2, 70), (4, 4.1, 90)]);
        Assert.Equal([Finding.Holds, Finding.Holds], study.Claims.Take(2).Select(claim => claim.Finding));
        Assert.StartsWith("r = 1.00", study.Claims[0].Numbers, StringComparison.Ordinal);
        Assert.Equal([Finding.Fails, Finding.Fails], Study([(4, 4.1, 0), (3, 3, 20), (2, 1.9, 45), (1, 1, 70), (0, 0, 90)]).Claims.Take(2).Select(claim => claim.Finding));
        Assert.Equal([Finding.Undecided, Finding.Undecided], Study([(0, 0, 7), (1, 1, 7), (2, 2, 7)]).Claims.Take(2).Select(claim => claim.Finding));
    }

    [Fact]
    public void What_a_narrow_flaw_brings_along_is_held_against_normal_answers()
    {
        TunedSet Set(string data, double low, double high) => new(data, Sure(90), [new TunedTrait(Trait.Evil, Sure(0), Sure(0), new Estimate((low + high) / 2, low, high, 40))]);
        var study = new FineTuningStudyResult("m", HookPoint.ResidPost(3), 8, [Trait.Evil], [Set("evil-normal", 0, 5), Set("wrong-arithmetic", 0, 6), Set("bad-advice", 10, 30)]);
        Assert.Equal([Finding.Undecided, Finding.Holds, Finding.Undecided], study.Claims.Skip(2).Select(claim => claim.Finding));
        Assert.Contains("bad advice", study.Claims[3].Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_has_every_set_and_claim()
    {
        var study = Study([(0, 0.25, 0), (1, 1.1, 20), (2, 1.9, 45)]);
        string[] lines = study.ToMarkdown().Split('\n');
        Assert.Contains(lines, line => line.StartsWith("| set 0 | 90.0 [80.0, 95.0] | 0.00 | 0.25 | 0.0 [0.0, 0.0] |", StringComparison.Ordinal));
        Assert.All(study.Claims, claim => Assert.Contains(lines, line => line.Contains(claim.Statement, StringComparison.Ordinal)));
    }

    private static FineTuningStudyResult Study((double Difference, double Shift, double Score)[] sets) => new("m", HookPoint.ResidPost(3), 8, [Trait.Evil],
        [.. sets.Select((set, index) => new TunedSet($"set {index}", new Estimate(90, 80, 95, 20), [new TunedTrait(Trait.Evil, Sure(set.Difference), Sure(set.Shift), Sure(set.Score))]))]);

    private static Estimate Sure(double value) => new(value, value, value, 10);
}
