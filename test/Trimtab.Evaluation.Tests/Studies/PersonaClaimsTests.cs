using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Organism;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>The claims that pipelines and screenings are held against.</summary>
public sealed class PersonaClaimsTests
{
    [Fact]
    public void A_vector_that_beats_its_controls_bears_the_claims_out()
    {
        var claims = PersonaClaims.Of(Result(steered: 60, random: 2, shuffled: 5, middle: 60, outer: 20));
        Assert.Equal([Finding.Holds, Finding.Holds, Finding.Holds, Finding.Holds, Finding.Holds, Finding.Holds], claims.Select(claim => claim.Finding));
        Assert.Contains("steered 60.0", claims[0].Numbers, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_does_not_is_named_as_such()
    {
        var claims = PersonaClaims.Of(Result(steered: 60, random: 90, shuffled: 58, middle: 20, outer: 60));
        Assert.Equal((Finding.Fails, Finding.Undecided, Finding.Fails), (claims[1].Finding, claims[2].Finding, claims[5].Finding));
        Assert.All(PersonaClaims.Of(Result(60, 2, 5, 60, 20) with { Chosen = null, Verification = null }).Take(5), claim => Assert.Equal(Finding.Undecided, claim.Finding));
    }

    [Theory, InlineData(0.95, 0.8, 12, 3, Finding.Holds, Finding.Holds), InlineData(0.7, 0.8, 2, 9, Finding.Fails, Finding.Fails)]
    public void Screening_is_held_to_its_modes_and_to_the_judge(double full, double proxy, int byDifference, int byJudge, Finding weaker, Finding finds)
    {
        StudiedSet Set(string name, double difference, ModeSeparation? separation) => new(name, Near(difference, 0.1), separation, 5, 5, byDifference, byJudge, 0);
        var claims = new ScreeningStudyResult(Trait.Evil, 3, 50, FlagRule.Of(0.05, Enumerable.Range(0, 40).Select(i => i / 40.0)), ProxyLine.Identity,
            [Set("normal", 0, null), Set("mild", 2, new ModeSeparation(full, proxy, 0.9, 0.9)), Set("severe", 4, new ModeSeparation(full + 0.01, proxy, 0.9, 0.9))]).Claims;
        Assert.Equal([Finding.Holds, Finding.Holds, full > 0.9 ? Finding.Holds : Finding.Fails, weaker, weaker, finds], claims.Select(claim => claim.Finding));
    }

    private static PersonaResult Result(double steered, double random, double shuffled, double middle, double outer)
    {
        Arm Of(string name, int? layer, float strength, double trait, double facts) => new(name, layer, strength, Near(trait, 4), Near(90, 2), Near(facts, 3), 0, 0, []);
        Arm[] dose = [Of("", 2, 0.2f, steered / 3, 90), Of("", 2, 0.4f, steered * 2 / 3, 80), Of("", 2, 0.6f, steered, 60)];
        Arm[] grid = [Of("", 0, 0.6f, outer, 0), Of("", 1, 0.6f, outer / 2, 0), Of("", 2, 0.6f, middle, 0), Of("", 3, 0.6f, middle / 2, 0), Of("", 4, 0.6f, middle / 2, 0), Of("", 5, 0.6f, 1, 0), Of("", 6, 0.6f, 1, 0), Of("", 7, 0.6f, 1, 0)];
        var verification = new PersonaVerification(Of("unsteered", null, 0, 0, 92), Of("prompt", null, 0, 90, 90), dose, dose[2], Of("reversed", 2, -0.6f, 0, 80), Of("random", 2, 0.6f, random, 88), Of("shuffled", 2, 0.6f, shuffled, 88));
        return new PersonaResult("evil", "m", null!, null!, grid, grid[2], verification, 75, []);
    }

    private static Estimate Near(double value, double margin) => new(value, value - margin, value + margin, 40);
}
