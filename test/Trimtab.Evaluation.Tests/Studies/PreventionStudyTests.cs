using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>What a study trains, tries and reports, with a trainer that trains nothing; and how it chooses.</summary>
public sealed class PreventionStudyTests : IDisposable
{
    private static readonly HookPoint At = HookPoint.ResidPost(1);

    private readonly WordModel _words = new();
    private readonly List<(string Data, Prevention Prevention, int Chats)> _trained = [];

    public void Dispose() => _words.Dispose();

    [Fact]
    public async Task Every_strength_is_trained_on_the_last_set_and_the_chosen_one_on_all()
    {
        var study = await Run();
        string[] tried = [.. _trained.Where(t => t.Data == "severe").Select(t => FormattableString.Invariant($"{t.Prevention.Name} {t.Prevention.Strength}")).Distinct()];
        Assert.Equal(["plain 0", "steered in training 1", "steered in training 2", "steered in training, all blocks 1", "ablated in training 1", "penalty in training 0.5", "penalty in training 4"], tried);
        string[] chosen = [.. _trained.Where(t => t.Data == "mild").Select(t => FormattableString.Invariant($"{t.Prevention.Name} {t.Prevention.Strength}"))];
        Assert.Equal(["plain 0", "steered in training 1", "steered in training, all blocks 1", "ablated in training 1", "penalty in training 0.5"], chosen);
        Assert.All(_trained, t => Assert.Equal(3, t.Chats));
        Assert.Equal(2 * (5 + 4), study.Rows.Count);
        Assert.Equal(8, study.Doses.Count);
        Assert.All(study.Rows, row => Assert.Equal(row.Arm.Name.Contains("at inference", StringComparison.Ordinal), row.Shift is null));
    }

    [Fact]
    public async Task Plans_steer_towards_the_trait_on_all_tokens_and_the_penalty_has_none()
    {
        await Run();
        var prevention = _trained.Select(t => t.Prevention).DistinctBy(p => (p.Name, p.Strength)).ToDictionary(p => FormattableString.Invariant($"{p.Name} {p.Strength}"));
        var single = Assert.Single(prevention["steered in training 2"].Plan!.Interventions);
        Assert.Equal((At, Tokens.All, 2f), (Assert.Single(single.At), single.Tokens, ((Add)single.Edit).Strength.Value));
        var everywhere = prevention["steered in training, all blocks 1"].Plan!;
        Assert.Equal(Enumerable.Range(0, _words.Model.LayerCount).Select(HookPoint.ResidPost), everywhere.Interventions.SelectMany(intervention => intervention.At));
        Assert.IsType<Ablate>(Assert.Single(prevention["ablated in training 1"].Plan!.Interventions).Edit);
        Assert.Equal((null, 4), (prevention["penalty in training 4"].Plan, prevention["penalty in training 4"].Penalty));
        Assert.Equal((null, 0), (prevention["plain 0"].Plan, prevention["plain 0"].Penalty));
        Assert.Contains("values", everywhere.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_has_a_row_for_everything_that_was_measured()
    {
        var study = await Run();
        string[] rows = [.. study.ToMarkdown().Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| data", StringComparison.Ordinal) && !line.StartsWith("| treatment", StringComparison.Ordinal))];
        Assert.Equal(1 + study.Rows.Count + study.Doses.Sum(dose => dose.Curve.Count), rows.Length);
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
    public async Task A_row_protects_where_its_trait_lies_below_the_plain_ones_and_its_facts_do_not(double trait, double facts, bool expected)
    {
        var study = await Run();
        var plain = study.Rows[0] with { Arm = study.Rows[0].Arm with { Trait = Near(90), Capability = Near(50) } };
        var row = study.Rows[1] with { Arm = study.Rows[1].Arm with { Trait = Near(trait), Capability = Near(facts) } };
        Assert.Equal(expected, (study with { Rows = [plain, row] }).Protects(row));
    }

    [Fact]
    public async Task A_set_that_does_not_exist_is_named() =>
        Assert.Contains("'cruel'", (await Assert.ThrowsAsync<ArgumentException>(() => Run("cruel"))).Message, StringComparison.Ordinal);

    private static Estimate Near(double value) => new(value, value - 5, value + 5, 20);

    private Task<PreventionStudyResult> Run(string last = "severe")
    {
        var model = _words.Model;
        var vector = SteeringVector.FromDirections(
            Enumerable.Range(0, model.LayerCount).Select(layer => (HookPoint.ResidPost(layer), Tensor.From([.. Enumerable.Range(0, model.Config.HiddenSize).Select(i => 0.01f * MathF.Sin(i + layer))]))), Provenance.For(model, "waves"));
        var trial = new TreatmentTrial(Judged.World, Judged.Judges, Trait.Evil, new TrialOptions { Tries = 1, Samples = 1, Facts = 2, LeastCoherence = 0, MaxTokens = 3 });
        return new PreventionStudy(model, Judged.World, Trait.Evil, vector, At, trial, Train, new PreventionStudyOptions
        {
            Sets = ["mild", last], Count = 3, Steered = [1, 2], SteeredEverywhere = [1], Penalties = [0.5f, 4], Mitigation = new MitigationOptions { Subtracted = [1], SubtractedEverywhere = [1], Capped = [0] },
        }).Run();
    }

    private LoadedModel Train(string data, IReadOnlyList<Models.Text.Chat> chats, Prevention prevention, CancellationToken cancellation)
    {
        _trained.Add((data, prevention, chats.Count));
        return _words.Model;
    }
}
