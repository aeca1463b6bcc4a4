using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Steering.Sae;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

public sealed class RefusalClaimsTests
{
    [Theory, InlineData(90, 40, Finding.Holds), InlineData(60, 62, Finding.Undecided), InlineData(40, 90, Finding.Fails)]
    public void A_comparison_goes_by_the_intervals(double clamped, double unsteered, Finding expected)
    {
        var claim = Study(Arm("unsteered", unsteered), Arm("prompt", 50), Arm("clamp", clamped)).Claims.Single(claim => claim.Statement == "Clamping a refusal latent raises refusal.");
        Assert.Equal(expected, claim.Finding);
    }

    [Theory, InlineData(90, 40, Finding.Holds), InlineData(60, 62, Finding.Undecided), InlineData(40, 90, Finding.Fails)]
    public void At_least_as_well_holds_only_where_a_loss_is_ruled_out(double atoms, double difference, Finding expected)
    {
        var claim = Study(Arm("unsteered", 50), Arm("prompt", 50), Arm("target atoms", atoms), Arm("mean difference", difference)).Claims[0];
        Assert.Equal((expected, "Wang et al. 2025"), (claim.Finding, claim.Source));
    }

    [Fact]
    public void What_could_not_be_steered_is_undecided_and_says_so()
    {
        var study = Study(Arm("unsteered", 50), Arm("prompt", 50));
        Assert.All(study.Claims.Where(claim => claim.Statement.StartsWith("It ", StringComparison.Ordinal)), claim => Assert.Equal(Finding.Undecided, claim.Finding));
        Assert.All(study.Claims, claim => Assert.NotEqual("", claim.Numbers));
    }

    [Fact]
    public void A_defence_counts_plain_requests_refused_and_framed_ones_not_answered() =>
        Assert.Equal(Estimate.OfShare(60 + 15, 60 + 20), Arm("a", 100, answered: 25).Defence);

    [Theory, InlineData(0, 100, Finding.Holds), InlineData(50, 50, Finding.Undecided), InlineData(100, 0, Finding.Fails)]
    public void Prompts_are_held_against_steering_under_jailbreaks_alone(int answered, int answeredUnderPrompt, Finding expected)
    {
        // Plain requests say the opposite in each case.
        var claims = Study(Arm("unsteered", 50), Arm("prompt", 100 - answered, answeredUnderPrompt), Arm("generated prompt", 100 - answered, answeredUnderPrompt), Arm("target atoms", answered, answered)).Claims;
        Assert.Equal([expected, expected], claims.Where(claim => claim.Statement.StartsWith("Under jailbreaks", StringComparison.Ordinal)).Select(claim => claim.Finding));
    }

    [Fact]
    public void A_generated_prompt_that_was_not_given_is_not_passed_over()
    {
        var claim = Study(Arm("unsteered", 50), Arm("prompt", 50), Arm("target atoms", 90)).Claims.Single(claim => claim.Statement.Contains("generated", StringComparison.Ordinal));
        Assert.Equal((Finding.Undecided, "no generated prompt was given"), (claim.Finding, claim.Numbers));
        Assert.Throws<ArgumentException>(() => new RefusalStudyOptions { GeneratedPrompt = " " });
    }

    [Fact]
    public void An_arm_of_which_nothing_could_be_read_has_no_defence()
    {
        var broken = new StudyArm("clamp", "", new ExamReport(2, [new ExamRow("knowledge", "facts", Share(0, 300))], []));
        Assert.Null(broken.Defence);
        Assert.Equal(Finding.Undecided, Study(Arm("unsteered", 50), Arm("prompt", 50), broken).Claims.Single(claim => claim.Statement.StartsWith("Clamping a refusal", StringComparison.Ordinal)).Finding);
    }

    [Fact]
    public void Strengths_of_several_units_stand_in_the_columns_of_their_own()
    {
        var study = Study(Arm("unsteered", 50), Arm("prompt", 50), Arm("generated prompt", 50) with { Setting = "\"Refuse | or else.\nQ: hi\"" }) with { Curves = [Point("target atoms", 3, 0.5f, 95), Point("single latent, by its largest activation", 3, 2, 70)] };
        string[] lines = study.ToMarkdown().Split('\n');
        Assert.Contains("| target atoms | 95 · 10 · 90 · 99 | – |", lines);
        Assert.Contains("| single latent, by its largest activation | – | 70 · 10 · 90 · 99 |", lines);
        Assert.Contains(lines, line => line.StartsWith("| generated prompt | \"Refuse \\| or else. Q: hi\" |", StringComparison.Ordinal));
    }

    [Theory, InlineData(10, 95, Finding.Holds), InlineData(50, 58, Finding.Fails)]
    public void The_range_of_steering_is_held_against_that_of_the_prompt(int least, int most, Finding expected)
    {
        var study = Study(Arm("unsteered", 50), Arm("prompt", 50)) with { Curves = [Point("target atoms", 3, -0.5f, least), Point("target atoms", 3, 0.5f, most)] };
        Assert.Equal(expected, study.Claims.Single(claim => claim.Statement.StartsWith("Steering moves", StringComparison.Ordinal)).Finding);
    }

    [Fact]
    public void Later_layers_are_held_against_earlier_ones()
    {
        var study = Study(Arm("unsteered", 50), Arm("prompt", 50)) with { Layers = [Point("mean difference", 0, 0.5f, 40), Point("mean difference", 1, 0.5f, 50), Point("mean difference", 2, 0.5f, 95), Point("mean difference", 3, 0.5f, 60)] };
        var claim = study.Claims.Single(claim => claim.Statement.StartsWith("Middle", StringComparison.Ordinal));
        Assert.Equal(Finding.Holds, claim.Finding);
        Assert.Contains("95.0", claim.Numbers, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_has_every_arm_claim_curve_and_latent()
    {
        var study = Study(Arm("unsteered", 50), Arm("prompt", 50), Arm("clamp", 90)) with
        {
            Curves = [Point("target atoms", 3, -0.5f, 20), Point("target atoms", 3, 0.5f, 95)],
            Latents = [new LatentEffect(new RankedLatent(17, 1, 0.25, 3, 6.5), Point("latent 17", 3, 1.5f, 97)), new LatentEffect(new RankedLatent(4, 0.5, 0, 1, 2), null)],
        };
        string[] lines = study.ToMarkdown().Split('\n');
        Assert.Equal(3, lines.Count(line => line.StartsWith("| unsteered |", StringComparison.Ordinal) || line.StartsWith("| prompt |", StringComparison.Ordinal) || line.StartsWith("| clamp |", StringComparison.Ordinal)));
        Assert.Contains("| target atoms | 20 · 10 · 90 · 99 | 95 · 10 · 90 · 99 |", lines);
        Assert.Contains(lines, line => line.StartsWith("| 17 | 100 % | 25 % | 6.5 | 1.5 × | 97.0", StringComparison.Ordinal));
        Assert.Contains("| 4 | 50 % | 0 % | 2 | none coherent | – | – | – | – |", lines);
        Assert.All(study.Claims, claim => Assert.Contains(lines, line => line.Contains(claim.Statement, StringComparison.Ordinal)));
    }

    private static RefusalStudyResult Study(params StudyArm[] arms) => new("m", "s", new RefusalStudyOptions(), Reading(50), [new PromptReading("prompt", "Be kind.", Reading(60))], [], [], [], [], arms);

    private static StudyArm Arm(string name, int refused, int answered = 50) => new(name, "", new ExamReport(2,
    [
        new ExamRow("knowledge", "facts", Share(90, 300)), new ExamRow("safety", "harmful requests refused", Share(refused, 60)), new ExamRow("safety", "look-alikes refused", Share(5, 60)),
        new ExamRow("safety", "jailbreak by story answered", Share(answered, 20)),
    ], []));

    private static StudyArm Arm(string name, double refused) => Arm(name, (int)refused);

    private static DefencePoint Point(string method, int layer, float strength, int refused) => new(method, layer, strength, Reading(refused));

    private static DefenceReading Reading(int refused) => new(Share(refused, 100), Share(10, 100), Share(90, 100), new Estimate(99, 98, 100, 100));

    private static Estimate Share(int percent, int count) => Estimate.OfShare(percent * count / 100, count);
}
