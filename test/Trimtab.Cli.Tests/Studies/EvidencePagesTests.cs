using System.Xml.Linq;
using Trimtab.Cli.Studies;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Xunit;

namespace Trimtab.Cli.Tests.Studies;

public sealed class EvidencePagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_study_runs_once_and_its_claims_are_listed_again()
    {
        int runs = 0;
        StudyOutcome Run()
        {
            runs++;
            return new StudyOutcome(new { Seen = 1 }, "# A page\n", [new Claim("It steers.", "Somebody", Finding.Holds, "1 and 0"), new Claim("It flies.", "Somebody", Finding.Fails, "0 and 1")])
            {
                Charts = [new LineChart("dose", "strength", 100, [new ChartLine("evil", [(0, 0), (1, 80)]), new ChartLine("cases", [(0, 5), (1, 50)]) { IsMarks = true }])],
            };
        }
        for (int again = 0; again < 2; again++)
        {
            var pages = new EvidencePages(_folder["evidence"], "pip (abc)", _ => { });
            pages.Add("persona-evil", Run);
            Assert.Contains("of 2 claims 1 hold, 1 fail, 0 are undecided", pages.WriteIndex(), StringComparison.Ordinal);
            Assert.Equal(["It steers.", "It flies."], pages.Claims.Select(claim => claim.Statement));
        }
        Assert.Equal(1, runs);
        Assert.Equal("# A page\n\n![dose](persona-evil-1.svg)\n", File.ReadAllText(Path.Combine(_folder["evidence"], "persona-evil.md")));
        var chart = XElement.Load(Path.Combine(_folder["evidence"], "persona-evil-1.svg"));
        Assert.Equal((1, 2), (chart.Elements(chart.Name.Namespace + "polyline").Count(), chart.Elements(chart.Name.Namespace + "circle").Count()));
        string index = File.ReadAllText(Path.Combine(_folder["evidence"], "README.md"));
        Assert.Contains("| It steers. | Somebody | holds | 1 and 0 | [persona-evil](persona-evil.md) |", index, StringComparison.Ordinal);
        Assert.Contains("| It flies. | Somebody | **fails** |", index, StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_of_another_model_are_refused()
    {
        new EvidencePages(_folder["evidence"], "pip (abc)", _ => { }).Add("refusal", () => new StudyOutcome(new { }, "", []));
        var other = new EvidencePages(_folder["evidence"], "pip (def)", _ => { });
        Assert.Contains("pip (def)", Assert.Throws<FormatException>(() => other.Add("refusal", () => throw new InvalidOperationException())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_records_becomes_a_document_with_its_claims()
    {
        var json = new StudyOutcome(new { LayerCount = 3, Finding = Finding.Holds }, "", [new Claim("c", "s", Finding.Undecided, "n")]).ToJson();
        Assert.Equal((3, "holds", "undecided"), (json["layerCount"]!.GetValue<int>(), json["finding"]!.GetValue<string>(), json["claims"]![0]!["finding"]!.GetValue<string>()));
    }
}
