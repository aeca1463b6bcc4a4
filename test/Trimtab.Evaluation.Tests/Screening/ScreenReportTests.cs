using System.Xml.Linq;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Screening;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

public sealed class ScreenReportTests : IDisposable
{
    private readonly Words _words = new();
    private readonly ScreenData _data;
    private readonly ScoreFile _scores, _reference;

    public ScreenReportTests()
    {
        _data = ScreenData.Open(_words.Chats("chats.jsonl", 12));
        _scores = new ScreenRun(_words.Screener(), _data, _words["scores.jsonl"]).Run();
        _reference = new ScreenRun(_words.Screener(), ScreenData.Open(_words.Chats("normal.jsonl", 25)), _words["reference.jsonl"]).Run();
    }

    public void Dispose() => _words.Dispose();

    [Fact]
    public void The_ranking_is_by_difference_and_flags_are_what_lies_above_the_threshold()
    {
        var rows = _scores.Rows().Where(row => row.Scores is not null).ToList();
        var summary = ScreenSummary.Of(_scores, _reference, 0.5);
        foreach (var trait in summary.Traits)
        {
            Assert.Equal(rows.OrderByDescending(row => row.Scores![trait.Trait].Difference).Select(row => row.Line), trait.Ranking.Select(row => row.Line));
            Assert.Equal(rows.Average(row => row.Scores![trait.Trait].Difference), trait.Difference.Value, 1e-6);
            Assert.Equal((11, 24), (trait.Difference.Count, trait.Flags!.Reference.Count));
            Assert.Equal(rows.Where(row => row.Scores![trait.Trait].Difference > trait.Flags.Threshold).Select(row => row.Line).Order(), trait.Flagged.Select(row => row.Line).Order());
        }
        Assert.Equal(2, Assert.Single(summary.Problems).Line);
        Assert.All(ScreenSummary.Of(_scores).Traits, trait => Assert.Empty(trait.Flagged));
    }

    [Fact]
    public void A_reference_of_other_settings_is_refused()
    {
        var raw = new ScreenRun(_words.Screener(Words.Short with { Mode = ScreenMode.Raw }), _data, _words["raw.jsonl"]).Run();
        Assert.Contains("the mode", Assert.Throws<FormatException>(() => ScreenSummary.Of(_scores, raw)).Message, StringComparison.Ordinal);
        var options = Words.Short with { Mode = ScreenMode.PromptProxy, CalibrateOn = 6 };
        var proxy = new ScreenRun(_words.Screener(options), _data, _words["proxy.jsonl"]).Run();
        var other = new ScreenRun(_words.Screener(options), ScreenData.Open(_words["normal.jsonl"]), _words["other.jsonl"]).Run();
        Assert.Contains("proxy", Assert.Throws<FormatException>(() => ScreenSummary.Of(proxy, other, 0.5)).Message, StringComparison.Ordinal);
        var same = new ScreenRun(_words.Screener(options).With([.. proxy.Settings.Proxy!]), ScreenData.Open(_words["normal.jsonl"]), _words["same.jsonl"]).Run();
        Assert.NotNull(ScreenSummary.Of(proxy, same, 0.5).Traits[0].Flags);
    }

    [Fact]
    public void The_table_has_the_published_columns_which_count_layers_from_one()
    {
        ScreenTable.Write(_words["table.csv"], _data, _scores, ScreenSummary.Of(_scores, _reference, 0.5));
        string[] lines = File.ReadAllLines(_words["table.csv"]);
        string[] header = lines[0].Split(',');
        string model = _words.Model.Name;
        Assert.Equal(["line", "question", "answer", "own_answer", "problem", $"{model}_first_proj_layer2", $"{model}_first_prompt_last_proj_layer2", $"{model}_first_cos_sim_layer2", $"{model}_first_base_proj_layer2",
            $"{model}_first_proj_diff_layer2", $"{model}_first_flag_layer2", $"{model}_second_proj_layer3"], header[..12]);
        Assert.Equal(1 + _data.RowCount, lines.Length);
        var first = _scores.Rows().First();
        string[] cells = lines[1].Split(',');
        Assert.Equal(first.Scores!["first"], new TraitScore(Number(cells[5]), Number(cells[6]), Number(cells[8]), Number(cells[9]), Number(cells[7])));
        Assert.Equal(first.OwnAnswer, cells[3]);
        Assert.StartsWith("2,,,,", lines[2], StringComparison.Ordinal);
        Assert.Contains("not valid JSON", lines[2], StringComparison.Ordinal);
        static float Number(string cell) => float.Parse(cell, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Top_rows_stand_beside_the_models_own_answers_in_every_mode()
    {
        foreach (var mode in Enum.GetValues<ScreenMode>())
        {
            var screener = _words.Screener(Words.Short with { Mode = mode });
            var scores = new ScreenRun(screener, _data, _words[$"{mode}.jsonl"]).Run();
            var trait = ScreenSummary.Of(scores).Traits[1];
            var top = new ScreenExplanation(screener).Top(trait, _data, scores, count: 3);
            Assert.Equal(trait.Ranking.Take(3), top.Select(row => new RankedRow(row.Line, row.Difference)));
            var own = _scores.Rows().ToDictionary(row => row.Line, row => row.OwnAnswer);
            Assert.All(top, row => Assert.Equal(own[row.Line], row.OwnAnswer));
            Assert.All(top, row => Assert.Equal(Words.Chat(row.Line > 3 ? row.Line - 2 : row.Line - 1)[1].Content, row.Answer));
        }
    }

    // Latent i is the positive part of value i, latent D + i the negative one, so that nothing is left unexplained.
    [Fact]
    public void The_shares_of_all_latents_add_up_to_the_difference()
    {
        int width = _words.Model.Config.HiddenSize;
        var both = Tensor.Zeros(new Shape(2 * width, width));
        for (int i = 0; i < width; i++)
            (both.Row(i)[i], both.Row(width + i)[i]) = (1, -1);
        using var sae = new SparseAutoencoder(new SaeWeights(both, Tensor.Zeros(new Shape(2 * width)), both, Tensor.Zeros(new Shape(width))), new Relu()) { Origin = new SaeOrigin { At = HookPoint.ResidPost(1) } };
        var screener = new Screener(_words.Model, [_words.Trait("first", 1)], Words.Short);
        var scores = new ScreenRun(screener, _data, _words["one.jsonl"]).Run();
        var rows = new ScreenExplanation(screener, sae).Top(ScreenSummary.Of(scores).Traits[0], _data, scores, count: 2, latents: 2 * width);
        Assert.All(rows, row => Assert.Equal(row.Difference, row.Latents.Sum(share => share.Contribution), 1e-4f));
        Assert.All(rows, row => Assert.Equal(row.Latents.OrderByDescending(share => Math.Abs(share.Contribution)), row.Latents));
        Assert.Contains("second", Assert.Throws<ArgumentException>(() => new ScreenExplanation(_words.Screener(), sae)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_differences_and_top_rows_and_loads_nothing()
    {
        var summary = ScreenSummary.Of(_scores, _reference, 0.5);
        ExplainedRow row = new(7, 99, "What is <b> & why?", "an answer", "the model's", [new LatentShare(12, 1, 0, 0.5f)]);
        var page = Parse(summary.ToHtml("a <file>", [[row], []]));
        Assert.Equal(["first", "second", "Rows without scores"], page.Descendants("h2").Select(title => title.Value));
        Assert.Equal(["7", "99", "What is <b> & why?", "an answer", "the model's", "12: +0.5"], page.Descendants("td").Select(cell => cell.Value));
        Assert.Contains("24 reference rows", page.Value, StringComparison.Ordinal);
        Assert.Equal("flagged", page.Descendants("tr").Single(tr => tr.Elements("td").Any()).Attribute("class")!.Value);
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" || attribute.Value.Contains("http", StringComparison.Ordinal));
    }

    private static XElement Parse(string html) => XElement.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]
        .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal));
}
