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
            pages.Add("persona-evil", new { Seed = 1 }, Run);
            Assert.Contains("of 2 claims 1 hold, 1 fail, 0 are undecided", pages.WriteIndex(), StringComparison.Ordinal);
            Assert.Equal(["It steers.", "It flies."], pages.Claims.Select(claim => claim.Statement));
        }
        Assert.Equal(1, runs);
        Assert.Equal("# A page\n\n![dose](persona-evil-1.svg)\n\n## Settings\n\npip (abc).\n\n```json\n{\n  \"Seed\": 1\n}\n```\n", File.ReadAllText(Path.Combine(_folder["evidence"], "persona-evil.md")));
        var chart = XElement.Load(Path.Combine(_folder["evidence"], "persona-evil-1.svg"));
        Assert.Equal((1, 2), (chart.Elements(chart.Name.Namespace + "polyline").Count(), chart.Elements(chart.Name.Namespace + "circle").Count()));
        string index = File.ReadAllText(Path.Combine(_folder["evidence"], "README.md"));
        Assert.Contains("| It steers. | Somebody | holds | 1 and 0 | [persona-evil](persona-evil.md) |", index, StringComparison.Ordinal);
        Assert.Contains("| It flies. | Somebody | **fails** |", index, StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_of_another_model_are_refused()
    {
        Pages("pip (abc), world 1").Add("refusal", new { }, () => new StudyOutcome(new { }, "", []));
        foreach (string other in (string[])["pip (def), world 1", "pip (abc), world 2"])
            Assert.Contains(other, Assert.Throws<FormatException>(() => Pages(other).Add("refusal", new { }, () => throw new InvalidOperationException())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_index_lists_the_pages_of_earlier_calls_as_well()
    {
        Pages().Add("persona-evil", new { Seed = 1 }, () => Outcome("It is evil."));
        var pages = Pages();
        pages.Add("persona-sycophantic", new { Seed = 1 }, () => Outcome("It flatters."));
        Assert.Contains("of 2 claims 2 hold", pages.WriteIndex(), StringComparison.Ordinal);
        Assert.Contains("[persona-evil](persona-evil.md)", Index, StringComparison.Ordinal);
        Assert.Contains("It flatters.", Index, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_other_settings_is_made_anew()
    {
        var said = new List<string>();
        foreach (string sae in (string[])["a", "b", "b"])
            new EvidencePages(_folder["evidence"], "pip (abc)", said.Add).Add("refusal", new { Sae = sae, Clamps = (float[])[0.1f, 2] }, () => Outcome($"By {sae}."));
        Pages().WriteIndex();
        Assert.Equal(["refusal: running", "refusal: the page has other settings", "refusal: running", "refusal: kept"], said);
        Assert.Contains("By b.", Index, StringComparison.Ordinal);
        Assert.DoesNotContain("By a.", Index, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_page_tests_is_listed_with_its_reason_until_one_does()
    {
        string ablation = Assert.Single(UntestedClaim.All, claim => claim.TestedOn == "prevention-hallucinating").Statement;
        var pages = Pages();
        pages.Add("prevention-evil", new { }, () => Outcome("It is prevented."));
        pages.WriteIndex();
        Assert.All(UntestedClaim.All, claim => Assert.Contains($"| {claim.Statement} | {claim.Source} | {claim.Reason} |", Index, StringComparison.Ordinal));
        pages.Add("prevention-hallucinating", new { }, () => Outcome("It is not."));
        pages.WriteIndex();
        Assert.DoesNotContain(ablation, Index, StringComparison.Ordinal);
        Assert.Contains(UntestedClaim.All[0].Statement, Index, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_page_is_named()
    {
        Directory.CreateDirectory(_folder["evidence"]);
        string path = Path.Combine(_folder["evidence"], "refusal.json");
        File.WriteAllText(path, "{ \"Model\": \"pip\" }");
        Assert.Contains(path, Assert.Throws<FormatException>(() => Pages().Add("refusal", new { }, () => Outcome(""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_records_becomes_a_document_with_its_claims()
    {
        var json = new StudyOutcome(new { LayerCount = 3, Finding = Finding.Holds }, "", [new Claim("c", "s", Finding.Undecided, "n")]).ToJson();
        Assert.Equal((3, "holds", "undecided"), (json["layerCount"]!.GetValue<int>(), json["finding"]!.GetValue<string>(), json["claims"]![0]!["finding"]!.GetValue<string>()));
    }

    private string Index => File.ReadAllText(Path.Combine(_folder["evidence"], "README.md"));

    private EvidencePages Pages(string model = "pip (abc)") => new(_folder["evidence"], model, _ => { });

    private static StudyOutcome Outcome(string claim) => new(new { }, "# A page\n", [new Claim(claim, "Somebody", Finding.Holds, "1 and 0")]);
}
