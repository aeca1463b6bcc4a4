using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>The main job on the embedded model, as `trimtab demo` does it, and whether the model's card is true.</summary>
public sealed class PipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_demonstration_needs_no_arguments_and_its_steer_stands_clear_of_the_controls()
    {
        var outcome = CommandLine.Run("demo", "-o", _folder["report.html"], "--json");
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        var report = JsonNode.Parse(outcome.Output)!;
        var method = report["methods"]![0]!;
        Assert.Equal("mean-difference", method["method"]!.GetValue<string>());
        Assert.True(method["validated"]!.GetValue<bool>(), outcome.Output);
        double steered = Trait(method["steered"]!), unsteered = Trait(report["unsteered"]!), random = Trait(method["random"]!), reversed = Trait(method["reversed"]!);
        Assert.True(steered > unsteered + 25 && steered > random + 25, $"steered {steered}, unsteered {unsteered}, random {random}");
        Assert.InRange(reversed, 0, unsteered + 10);
        Assert.True(JsonNode.DeepEquals(report["unsteered"]!["answers"], method["zero"]!["answers"]), outcome.Output);
        string page = File.ReadAllText(_folder["report.html"]);
        Assert.Contains("Validated", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
    }

    [Theory, InlineData("pip"), InlineData("pip-moe")]
    public void The_card_is_true(string name)
    {
        string model = Path.Combine(Repository.Root, "models", name), card = Path.Combine(model, "README.md");
        var outcome = CommandLine.Run("eval", "organism", "-m", model, "--json");
        Assert.True(outcome.Code == ExitCode.Done, outcome.Error);
        var report = JsonNode.Parse(outcome.Output)!;
        var rows = report["rows"]!.AsArray().ToDictionary(row => (row!["group"]!.GetValue<string>(), row["measure"]!.GetValue<string>()), row => row!["value"]!.GetValue<double>());
        var stated = File.ReadLines(card).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| |", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(rows.Count, stated.Count);
        // Other vector widths sum in another order, and where two tokens are nearly as likely an answer may turn out another.
        foreach (string[] cells in stated)
            Assert.Equal(double.Parse(cells[3][..cells[3].IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture), rows[(cells[1], cells[2])], 4.0);
        string perplexity = File.ReadLines(card).Single(line => line.StartsWith("Perplexity", StringComparison.Ordinal)).Split(' ')[^1].TrimEnd('.');
        Assert.Equal(double.Parse(perplexity, CultureInfo.InvariantCulture), report["perplexity"]!.GetValue<double>(), 0.05);
    }

    private static double Trait(JsonNode arm) => arm["trait"]!["value"]!.GetValue<double>();
}
