using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>What a study trains, tries and reports, and how it chooses.</summary>
public sealed class PreventionStudyTests(WordStudy words) : IClassFixture<WordStudy>
{
    private PreventionStudyResult Study => words.Result;

    [Fact]
    public void Every_strength_is_trained_on_the_last_set_and_the_chosen_one_on_all()
    {
        string[] Names(string data) => [.. words.Trained.Where(t => t.Data == data).Select(t => FormattableString.Invariant($"{t.Prevention.Name} {t.Prevention.Strength}")).Distinct()];
        Assert.Equal(["plain 0", "steered in training 1", "steered in training 2", "steered in training, all blocks 1", "ablated in training 1", "penalty in training 0.5", "penalty in training 4", "random direction in training 1", "random directions in training, all blocks 1"], Names("severe"));
        Assert.Equal(["plain 0", "steered in training 1", "steered in training, all blocks 1", "ablated in training 1", "penalty in training 0.5", "random direction in training 1", "random directions in training, all blocks 1"], Names("mild"));
        Assert.All(words.Trained, t => Assert.Equal(3, t.Chats));
        Assert.Equal(2 * (7 + 4), Study.Rows.Count);
        Assert.Equal(8, Study.Doses.Count);
        Assert.All(Study.Rows, row => Assert.Equal(row.Arm.Name.Contains("at inference", StringComparison.Ordinal), row.Shift is null));
    }

    [Fact]
    public void Plans_steer_towards_the_trait_on_all_tokens_and_the_penalty_has_none()
    {
        var prevention = words.Trained.Select(t => t.Prevention).DistinctBy(p => (p.Name, p.Strength)).ToDictionary(p => FormattableString.Invariant($"{p.Name} {p.Strength}"));
        var single = Assert.Single(prevention["steered in training 2"].Plan!.Interventions);
        Assert.Equal((WordStudy.At, Tokens.All, 2f), (Assert.Single(single.At), single.Tokens, ((Add)single.Edit).Strength.Value));
        var everywhere = prevention["steered in training, all blocks 1"].Plan!;
        Assert.Equal(Enumerable.Range(0, words.Layers).Select(HookPoint.ResidPost), everywhere.Interventions.SelectMany(intervention => intervention.At));
        Assert.IsType<Ablate>(Assert.Single(prevention["ablated in training 1"].Plan!.Interventions).Edit);
        Assert.Equal((null, 4), (prevention["penalty in training 4"].Plan, prevention["penalty in training 4"].Penalty));
        Assert.Equal((null, 0), (prevention["plain 0"].Plan, prevention["plain 0"].Penalty));
        var random = prevention["random directions in training, all blocks 1"].Plan!;
        Assert.Equal(everywhere.Interventions.Select(intervention => intervention.At.Single()), random.Interventions.Select(intervention => intervention.At.Single()));
        Assert.NotEqual(everywhere.ToJson(), random.ToJson());
        Assert.Contains("values", everywhere.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_has_a_row_for_everything_that_was_measured_and_for_every_claim()
    {
        string[] rows = [.. Study.ToMarkdown().Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !((string[])["| data", "| treatment", "| claim"]).Any(head => line.StartsWith(head, StringComparison.Ordinal)))];
        Assert.Equal(1 + Study.Rows.Count + Study.Claims.Count + Study.Doses.Sum(dose => dose.Curve.Count), rows.Length);
        Assert.Single(rows, row => row.StartsWith("| mild | penalty in training | 0.5 |", StringComparison.Ordinal));
    }

    [Fact]
    public void Chosen_is_the_least_trait_that_stays_coherent_and_knows_as_much()
    {
        Arm Of(float strength, double trait, double coherence, double facts) => new("", null, strength, Near(trait), Near(coherence), Near(facts), 0, 0, []);
        var untreated = Of(0, 90, 90, 50);
        Assert.Equal(2, TreatmentTrial.Choice([Of(1, 60, 90, 50), Of(2, 30, 80, 46), Of(3, 10, 70, 50), Of(4, 5, 90, 44)], untreated, 75)!.Strength);
        Assert.Equal(1, TreatmentTrial.Choice([Of(1, 30, 90, 50), Of(2, 30, 90, 50)], untreated, 75)!.Strength);
        Assert.Null(TreatmentTrial.Choice([Of(1, 30, 70, 50), Of(2, 30, 90, 10)], untreated, 75));
    }

    [Theory, InlineData(30, 50, true), InlineData(85, 50, false), InlineData(30, 35, false)]
    public void A_row_protects_where_its_trait_lies_below_the_plain_ones_and_its_facts_do_not(double trait, double facts, bool expected)
    {
        var (plain, row) = (Row("plain", 90, 50), Row("ablated in training", trait, facts));
        Assert.Equal(expected, (Study with { Rows = [plain, row] }).Protects(row));
    }

    [Fact]
    public void Claims_speak_of_the_set_that_strengths_were_chosen_on()
    {
        var study = Study with { Rows = [Row("plain", 90, 50), Row("ablated in training", 92, 50), Row("steered in training", 60, 50), Row("steered in training, all blocks", 20, 50), Row("plain", 0, 50) with { Data = "mild" }] };
        Assert.Equal(Finding.Holds, Of("Fine-tuning on answers").Finding);
        Assert.Equal(Finding.Holds, Of("Steering by increments after all blocks").Finding);
        Assert.Equal(Finding.Undecided, Of("Ablating the direction").Finding);
        Assert.Equal(Finding.Undecided, Of("A price on moving").Finding);

        Claim Of(string beginning) => study.Claims.Single(claim => claim.Statement.StartsWith(beginning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_set_that_does_not_exist_is_named() =>
        Assert.Contains("'cruel'", (await Assert.ThrowsAsync<ArgumentException>(() => words.Run("cruel"))).Message, StringComparison.Ordinal);

    private PreventionRow Row(string way, double trait, double facts) =>
        new("severe", Study.Before with { Name = way, Trait = Near(trait), Capability = Near(facts) }, Shift: null);

    private static Estimate Near(double value) => new(value, value - 5, value + 5, 20);
}
