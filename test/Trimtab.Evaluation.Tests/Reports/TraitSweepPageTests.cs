using System.Xml.Linq;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Hooks;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Evaluation.Tests.Reports;

public sealed class TraitSweepPageTests
{
    [Fact]
    public void The_page_shows_every_layer_arm_and_answer_and_loads_nothing()
    {
        var page = Parse(Result().ToHtml("a <model>", 75));
        Assert.Equal(["block 0", "block 1", "block 0", "block 1"], page.Descendants("text").Select(text => text.Value).Where(text => text.StartsWith("block", StringComparison.Ordinal)));
        Assert.Equal(4, page.Descendants("polyline").Count());
        var cells = page.Descendants("td").Select(cell => cell.Value).ToList();
        Assert.Contains("evil −", cells);
        Assert.Contains("81.0 [80.0, 82.0]", cells);
        Assert.Contains("What is <b> & why?", cells);
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" || attribute.Value.Contains("http", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sweep_without_a_choice_says_so()
    {
        string page = (Result() with { Methods = [Result().Methods[0] with { Chosen = null, Steered = null, Reversed = null, Random = null, Zero = null }] }).ToHtml("m", 75);
        Assert.Contains("none was chosen", page, StringComparison.Ordinal);
        Assert.DoesNotContain(">random direction<", page, StringComparison.Ordinal);
    }

    [Theory, InlineData(60, 70, 90, true), InlineData(40, 70, 90, false), InlineData(60, 70, 70, false)]
    public void A_steer_is_validated_where_it_stands_clear_of_both_controls_and_stays_coherent(double low, double value, double coherence, bool expected)
    {
        Arm Control(double high) => Result().Unsteered with { Trait = new Estimate(20, 10, high, 9) };
        var method = Result().Methods[0] with { Steered = Result().Unsteered with { Trait = new Estimate(value, low, 80, 9), Coherence = new Estimate(coherence, 60, 95, 9) }, Random = Control(50) };
        Assert.Equal(expected, method.IsValidated(Control(30), 75));
        Assert.False(method.IsValidated(Control(65), 75));
        Assert.False(method.IsValidated(Control(30) with { Trait = Estimate.None }, 75));
        Assert.False((method with { Random = Control(50) with { Trait = Estimate.None } }).IsValidated(Control(30), 75));
    }

    [Fact]
    public void The_page_names_the_controls_and_the_unit_of_strengths()
    {
        string page = Result().ToHtml("m", 75);
        Assert.Contains("0.2 of the residual norm", page, StringComparison.Ordinal);
        Assert.Contains("The controls are the unsteered model and a random direction", page, StringComparison.Ordinal);
        var method = Result().Methods[0];
        Arm Raw(Arm arm) => arm with { IsRaw = true, Strength = 2.5f };
        string raw = (Result() with { Methods = [method with { Grid = [Raw(method.Grid[0])], Chosen = Raw(method.Chosen!) }] }).ToHtml("m", 75);
        Assert.Contains("2.5 times the vector", raw, StringComparison.Ordinal);
        Assert.DoesNotContain("residual norm", raw, StringComparison.Ordinal);
    }

    [Fact]
    public void A_steer_of_strength_0_that_changes_an_answer_is_an_error()
    {
        var unsteered = Result().Unsteered;
        var zero = unsteered with { Name = "pca 0", Layer = 1 };
        Assert.Same(zero, TraitSweep.RequireSame(unsteered, zero));
        Assert.Contains("1 of 1 answers differ", Assert.Throws<InvalidOperationException>(() => TraitSweep.RequireSame(unsteered, zero with { Answers = [zero.Answers[0] with { Text = "?" }] })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => TraitSweep.RequireSame(unsteered, zero with { Capability = new Estimate(49, 40, 60, 9) }));
    }

    [Fact]
    public void Strengths_of_both_units_do_not_stand_on_one_axis()
    {
        Assert.Contains("0.4n, 2.5", Assert.Throws<ArgumentException>(() => new TraitSweepOptions { Strengths = [Strength.OfNorm(0.4f), Strength.Raw(2.5f)] }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PreferenceSweepOptions { Strengths = [] });
    }

    [Fact]
    public void A_chart_puts_larger_values_higher_and_further_points_to_the_right()
    {
        var svg = XElement.Parse(new LineChart("t", "x", 100, [new ChartLine("l", [(0, 0), (0.5, 50), (1, 100)])]).ToSvg());
        double[][] points = [.. svg.Element("polyline")!.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',').Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Assert.True(points[0][0] < points[1][0] && points[1][0] < points[2][0]);
        Assert.True(points[0][1] > points[1][1] && points[1][1] > points[2][1]);
        Assert.Equal(points[0][0] + points[2][0], 2 * points[1][0], 0.2);
    }

    // HTML that is also XML, but for its doctype and the elements that are left open.
    private static XElement Parse(string html) => XElement.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]
        .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal));

    private static TraitSweepResult Result()
    {
        Arm Arm(string name, int? layer, float strength) => new(name, layer, strength, new Estimate(81, 80, 82, 9), new Estimate(90, 88, 92, 9), new Estimate(50, 40, 60, 9), 1, 2, [new ArmAnswer("What is <b> & why?", name)]);
        Arm[] grid = [.. from layer in Enumerable.Range(0, 2) from strength in (float[])[0.1f, 0.2f] select Arm("", layer, strength)];
        var vector = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([1, 2]))], new Provenance { ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.BlockOutput) });
        return new TraitSweepResult(Trait.Evil, 50, Arm("unsteered", null, 0), Arm("prompt", null, 0), [new MethodSweep("pca", vector, grid, grid[1], Arm("evil +", 0, 0.2f), Arm("evil −", 0, -0.2f), Arm("random direction", 0, 0.2f), Arm("unsteered", 0, 0))]);
    }
}
