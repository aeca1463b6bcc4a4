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
        string page = (Result() with { Methods = [Result().Methods[0] with { Chosen = null, Steered = null, Reversed = null, Random = null }] }).ToHtml("m", 75);
        Assert.Contains("none was chosen", page, StringComparison.Ordinal);
        Assert.DoesNotContain("random direction", page, StringComparison.Ordinal);
    }

    [Theory, InlineData(60, 70, 90, true), InlineData(40, 70, 90, false), InlineData(60, 70, 70, false)]
    public void A_steer_is_validated_where_it_stands_clear_of_both_controls_and_stays_coherent(double low, double value, double coherence, bool expected)
    {
        Arm Control(double high) => Result().Unsteered with { Trait = new Estimate(20, 10, high, 9) };
        var method = Result().Methods[0] with { Steered = Result().Unsteered with { Trait = new Estimate(value, low, 80, 9), Coherence = new Estimate(coherence, 60, 95, 9) }, Random = Control(50) };
        Assert.Equal(expected, method.IsValidated(Control(30), 75));
        Assert.False(method.IsValidated(Control(65), 75));
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
        return new TraitSweepResult(Trait.Evil, 50, Arm("unsteered", null, 0), Arm("prompt", null, 0), [new MethodSweep("pca", vector, grid, grid[1], Arm("evil +", 0, 0.2f), Arm("evil −", 0, -0.2f), Arm("random direction", 0, 0.2f))]);
    }
}
