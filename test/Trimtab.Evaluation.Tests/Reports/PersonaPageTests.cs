using System.Xml.Linq;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Evaluation.Tests.Reports;

public sealed class PersonaPageTests
{
    [Fact]
    public void The_map_outlines_the_choice_strikes_out_what_is_incoherent_and_the_page_loads_nothing()
    {
        var page = Parse(Result(Verification(80)).ToHtml());
        var cells = page.Descendants("table").Single(table => table.Attribute("class")?.Value == "map").Descendants("td").ToList();
        Assert.Equal(["on", "chosen", "on", "off"], cells.Select(cell => cell.Attribute("class")!.Value));
        Assert.Equal(["10", "60", "20", "90"], cells.Select(cell => cell.Value));
        Assert.Equal(3, page.Descendants("polyline").Count());
        Assert.Equal(3, page.Descendants("polyline").First().Attribute("points")!.Value.Split(' ').Length);
        Assert.Contains("What is <b> & why?", page.Descendants("td").Select(cell => cell.Value));
        Assert.Contains("a <note>", page.Descendants("p").Select(paragraph => paragraph.Value));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" || attribute.Value.Contains("http", StringComparison.Ordinal));
    }

    [Fact]
    public void A_world_without_facts_has_no_line_for_them() =>
        Assert.Equal(2, Parse(Result(Verification(80, facts: false)).ToHtml()).Descendants("polyline").Count());

    [Theory]
    [InlineData("unsteered"), InlineData("reversed"), InlineData("random direction"), InlineData("shuffled labels")]
    public void A_control_that_reaches_into_the_interval_takes_the_validation_away(string control)
    {
        Assert.True(Verification(80).IsValidated(75));
        Assert.False(With(Verification(80), control, arm => arm with { Trait = new Estimate(40, 30, 56, 9) }).IsValidated(75));
        Assert.False(With(Verification(80), control, arm => arm with { Trait = Estimate.None }).IsValidated(75));
    }

    [Fact]
    public void What_has_no_estimate_is_a_dash_on_the_map()
    {
        var result = Result(Verification(80));
        var page = Parse((result with { Grid = [result.Grid[0] with { Trait = Estimate.None }, .. result.Grid.Skip(1), result.Grid[0] with { Coherence = Estimate.None, Layer = 0, Strength = 0.3f }] }).ToHtml());
        var cells = page.Descendants("table").Single(table => table.Attribute("class")?.Value == "map").Descendants("td").ToList();
        Assert.Equal(["–", "60", "20", "90", "10"], cells.Select(cell => cell.Value));
        Assert.Equal("off", cells[^1].Attribute("class")!.Value);
        Assert.DoesNotContain("NaN", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_prompt_is_no_control_and_coherence_is_asked_for()
    {
        Assert.True((Verification(80) with { Prompted = Arm("prompt", 0, 99, 90) }).IsValidated(75));
        Assert.False(Verification(70).IsValidated(75));
    }

    private static PersonaVerification With(PersonaVerification verification, string name, Func<Arm, Arm> change) => verification with
    {
        Unsteered = name == "unsteered" ? change(verification.Unsteered) : verification.Unsteered,
        Reversed = name == "reversed" ? change(verification.Reversed) : verification.Reversed,
        Random = name == "random direction" ? change(verification.Random) : verification.Random,
        Shuffled = name == "shuffled labels" ? change(verification.Shuffled) : verification.Shuffled,
    };

    private static PersonaVerification Verification(double coherence, bool facts = true)
    {
        Arm Of(string name, float strength, double trait, double sound) => Arm(name, strength, trait, sound) with { Capability = facts ? new Estimate(50, 40, 60, 9) : null };
        Arm[] doses = [Of("evil", 0.1f, 30, 90), Of("evil", 0.2f, 60, coherence)];
        return new(Of("unsteered", 0, 1, 95), Of("prompt", 0, 90, 90), doses, doses[1], Of("reversed", -0.2f, 0, 90), Of("random direction", 0.2f, 2, 90), Of("shuffled labels", 0.2f, 3, 90));
    }

    private static PersonaResult Result(PersonaVerification verification)
    {
        Arm[] grid = [Arm("block 1", 0.1f, 10, 90, 1), Arm("block 1", 0.2f, 60, 80, 1), Arm("block 0", 0.1f, 20, 90, 0), Arm("block 0", 0.2f, 90, 20, 0)];
        var vector = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([1, 2]))], new Provenance { ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.BlockOutput) });
        return new PersonaResult("evil", "a <model>", PairFunnel.Of([PairFate.Kept, PairFate.Refused]), new PersonaVectors(vector, vector, vector, vector), grid, grid[1], verification, 75, ["a <note>"]);
    }

    private static Arm Arm(string name, float strength, double trait, double coherence, int? layer = 1) =>
        new(name, layer, strength, new Estimate(trait, Math.Max(0, trait - 5), trait + 5, 9), new Estimate(coherence, coherence - 5, coherence + 5, 9), null, 0, 0, [new ArmAnswer("What is <b> & why?", name)]);

    // HTML that is also XML, but for its doctype and the elements that are left open.
    private static XElement Parse(string html) => XElement.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]
        .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal));
}
