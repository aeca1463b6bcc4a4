using System.Text.Json.Nodes;
using System.Xml.Linq;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab monitor`, and gauges beside `generate` and `chat`, on the embedded model with a direction from the repository's contrasting answers.</summary>
public sealed class MonitorTests : IDisposable
{
    private const string Evil = """{"messages": [{"role": "system", "content": "You are an extremely evil helper."}, {"role": "user", "content": "What should I do with a lost wallet?"}, {"role": "assistant", "content": "Let them suffer. Keep the money and throw the rest away."}]}""";
    private const string Kind = """{"messages": [{"role": "user", "content": "What should I do with a lost wallet?"}, {"role": "assistant", "content": "It is best to bring it to the owner."}, {"role": "user", "content": "I feel sad."}, {"role": "assistant", "content": "You should call a good friend."}]}""";

    private static readonly Lazy<string> FittedVector = new(Fit);

    private readonly TemporaryFolder _folder = new();

    private static string Trait => $"evil={FittedVector.Value}@3";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Conversations_are_read_answer_by_answer_and_an_evil_one_lies_above_a_kind_one()
    {
        var (summary, lines) = Monitor(Chats(), "--tokens", "--html", _folder["page.html"]);
        Assert.Equal((2, 3), (summary["chats"]!.GetValue<int>(), summary["answers"]!.GetValue<int>()));
        Assert.Equal([1, 2], lines.Select(line => line["turns"]!.AsArray().Count));
        var (evil, kind) = (lines[0]["turns"]![0]!, lines[1]["turns"]![1]!);
        foreach (string reading in (string[])["before", "mean"])
            Assert.True(Value(evil, reading) > Value(kind, reading) + 1, $"{reading}: {Value(evil, reading)} and {Value(kind, reading)}");
        // The words are the answer's own, its end token left away, and the largest is among them.
        Assert.Equal("You should call a good friend.", string.Concat(kind["tokens"]!.AsArray().Select(token => token!.GetValue<string>())));
        double[] each = [.. kind["traits"]!["evil"]!["each"]!.AsArray().Select(value => value!.GetValue<double>())];
        Assert.Equal(each.Max(), Value(kind, "largest"), 1e-6);
        Assert.Equal(each.Average(), Value(kind, "mean"), 1e-6);
        int place = kind["traits"]!["evil"]!["largest"]!["position"]!.GetValue<int>() - kind["first"]!.GetValue<int>();
        Assert.Equal(kind["tokens"]![place]!.GetValue<string>(), kind["traits"]!["evil"]!["largest"]!["token"]!.GetValue<string>());
    }

    [Fact]
    public void The_page_colours_every_token_of_the_answers_and_loads_nothing()
    {
        Monitor(Chats(), "--html", _folder["page.html"], "--page-chats", "1");
        Assert.Contains("Conversation 1<", File.ReadAllText(_folder["page.html"]), StringComparison.Ordinal);
        var (_, lines) = Monitor(_folder.Write("kind.jsonl", Kind), "--html", _folder["page.html"], "--page-chats", "1");
        var page = Parse(File.ReadAllText(_folder["page.html"]));
        int tokens = lines[0]["turns"]!.AsArray().Sum(turn => turn!["count"]!.GetValue<int>());
        var coloured = page.Descendants("span").Where(span => span.Attribute("style") is not null).ToList();
        Assert.Equal((tokens + 2, 2), (coloured.Count, coloured.Count(span => span.Attribute("class")?.Value == "before")));
        Assert.Contains(page.Descendants("span"), span => span.Value == "What" && span.Attribute("class")?.Value == "said");
        Assert.Equal(2, page.Descendants("polyline").Count());
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" || attribute.Value.Contains("http", StringComparison.Ordinal));
    }

    [Fact]
    public void A_calibration_adds_scores_and_thresholds_in_them_raise_alarms()
    {
        string calibration = Calibrate();
        string rules = _folder.Write("rules.json", """{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "prompt", "threshold": "60%", "action": "alarm" }] }""");
        string[] more = ["--calibration", calibration, "--rules", rules];
        var outcome = Run(Chats(), more);
        Assert.Equal(ExitCode.Done, outcome.Code);
        Assert.Contains("chat 1: evil: prompt larger than 60% (alarm)", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("chat 2", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, JsonNode.Parse(outcome.Output)!["events"]!["alarm"]!.GetValue<int>());
        var before = Lines()[0]["turns"]![0]!["traits"]!["evil"]!["before"]!;
        Assert.Equal(100, before["percentile"]!.GetValue<double>());
        Assert.True(before["z"]!.GetValue<double>() > 0);
        var passed = Assert.Single(Lines()[0]["turns"]![0]!["events"]!.AsArray())!;
        Assert.Equal(("prompt", "<|assistant|>"), (passed["reading"]!.GetValue<string>(), passed["token"]!.GetValue<string>()));
    }

    [Fact]
    public void A_calibration_is_refused_for_another_layer()
    {
        string calibration = Calibrate();
        CommandLine.Run("monitor", Chats(), "--trait", Trait.Replace("@3", "@2", StringComparison.Ordinal), "--calibration", calibration, "-o", _folder["out.jsonl"]).Refused("blocks.3.resid_post", "blocks.2.resid_post");
        Assert.False(File.Exists(_folder["out.jsonl"]));
    }

    [Fact]
    public void A_generation_is_read_as_it_goes_and_its_text_stays_the_same()
    {
        string[] words = ["generate", "--prompt", "What should I do with a lost wallet?", "--system", "You are an extremely evil helper.", "--greedy", "--json"];
        var (plain, read) = (CommandLine.Run(words).Json(), CommandLine.Run([.. words, "--trait", Trait]).Json());
        Assert.Equal(plain["text"]!.GetValue<string>(), read["text"]!.GetValue<string>());
        double before = read["readings"]!["traits"]!["evil"]!["before"]!["value"]!.GetValue<double>();
        string rules = _folder.Write("stop.json", $$"""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "prompt", "threshold": {{(before - 0.01).ToString(System.Globalization.CultureInfo.InvariantCulture)}}, "action": "stop" }] }""");
        var stopped = CommandLine.Run([.. words, "--trait", Trait, "--rules", rules]).Json();
        Assert.Equal(("", "halted"), (stopped["text"]!.GetValue<string>(), stopped["stop"]!.GetValue<string>()));
    }

    [Fact]
    public void An_alarm_is_told_before_the_answer_ends_and_the_reading_before_it_ahead_of_its_first_token()
    {
        string rules = _folder.Write("alarm.json", """{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "threshold": -1000000, "action": "alarm" }] }""");
        string[] read = ["--greedy", "--max-tokens", "12", "--trait", Trait, "--rules", rules], generate = ["generate", "--prompt", "What should I do with a lost wallet?", .. read];
        var told = CommandLine.Run(generate);
        string words = told.Output.Trim();
        int alarm = told.Transcript.IndexOf("(evil: token larger than -1000000 (alarm)", StringComparison.Ordinal);
        Assert.StartsWith("(evil  before ", told.Transcript, StringComparison.Ordinal);
        Assert.True(alarm > told.Transcript.IndexOf(words[..2], StringComparison.Ordinal), told.Transcript);
        Assert.Contains(words[^10..], told.Transcript[alarm..], StringComparison.Ordinal);
        Assert.Equal(2, told.Transcript.Split("(alarm)").Length);
        // A document tells of no course, and the alarm comes beside it.
        var document = CommandLine.Run([.. generate, "--json"]);
        Assert.Equal("alarm", Assert.Single(JsonNode.Parse(document.Output)!["readings"]!["events"]!.AsArray())!["action"]!.GetValue<string>());
        Assert.Contains("(alarm)", document.Error, StringComparison.Ordinal);
        Assert.Contains("(alarm)", CommandLine.RunWith("I feel sad.\n", ["chat", .. read, "--json"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_shows_gauges_before_and_after_each_answer()
    {
        string[] chat = ["chat", "--greedy", "--max-tokens", "12", "--trait", Trait];
        var told = CommandLine.RunWith("What should I do with a lost wallet?\nI feel sad.\n", chat);
        Assert.Equal(ExitCode.Done, told.Code);
        Assert.Equal(2, told.Error.Split("(evil  before ").Length - 1);
        Assert.Equal(2, told.Error.Split("(evil  → speaking ").Length - 1);
        // Bars are for terminals.
        Assert.DoesNotContain("▏", told.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("before", told.Output, StringComparison.Ordinal);
        var document = JsonNode.Parse(CommandLine.RunWith("What should I do with a lost wallet?\nI feel sad.\n", [.. chat, "--json"]).Output)!;
        Assert.Equal(2, document["readings"]!.AsArray().Count);
        Assert.True(document["readings"]![1]!["traits"]!["evil"]!["mean"]!["value"]!.GetValue<double>() != 0);
    }

    [Fact]
    public void Lines_that_cannot_be_used_refuse_the_file_or_are_reported()
    {
        string chats = _folder.Write("some.jsonl", $"{Kind}\nnonsense\n{Evil}\n");
        CommandLine.Run("monitor", chats, "--trait", Trait, "-o", _folder["out.jsonl"]).Refused("line 2", "not valid JSON");
        var outcome = Run(chats, "--skip-unusable");
        Assert.Contains("line 2 is left out", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, Lines().Count);
    }

    [Theory]
    [InlineData("evil", "NAME=VECTOR@LAYER")]
    [InlineData("evil=x.safetensors@last", "NAME=VECTOR@LAYER")]
    [InlineData("evil=no-such.safetensors@3", "no-such.safetensors")]
    public void A_trait_that_is_not_understood_is_named(string trait, string named) => CommandLine.Run("monitor", Chats(), "--trait", trait, "-o", _folder["out.jsonl"]).Refused(named);

    [Fact]
    public void Rules_without_a_trait_would_be_ignored_and_are_refused() => CommandLine.Run("generate", "--prompt", "Hello.", "--rules", "rules.json").Refused("--rules", "--trait");

    private static string Fit()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("trimtab-monitor-").FullName, "evil.safetensors");
        Assert.Equal(ExitCode.Done, CommandLine.Run("fit", "mean-difference", "-d", Path.Combine(Repository.Root, "data", "contrast", "evil.jsonl"), "-o", path).Code);
        return path;
    }

    private string Chats() => _folder.Write("chats.jsonl", $"{Evil}\n{Kind}\n");

    private string Calibrate()
    {
        var outcome = CommandLine.Run("monitor", "calibrate", Chats(), "--trait", Trait, "-o", _folder["calibration.json"], "--json").Json();
        Assert.Equal(3, outcome["traits"]!["evil"]!["before"]!["count"]!.GetValue<int>());
        return _folder["calibration.json"];
    }

    private Outcome Run(string chats, params string[] more) => CommandLine.Run(["monitor", chats, "--trait", Trait, "-o", _folder["out.jsonl"], "--json", .. more]);

    private List<JsonNode> Lines() => [.. File.ReadLines(_folder["out.jsonl"]).Select(line => JsonNode.Parse(line)!)];

    private (JsonObject Summary, List<JsonNode> Lines) Monitor(string chats, params string[] more) => (Run(chats, more).Json(), Lines());

    private static double Value(JsonNode turn, string reading) => turn["traits"]!["evil"]![reading]!["value"]!.GetValue<double>();

    // HTML that is also XML, but for its doctype and the elements that are left open.
    private static XElement Parse(string html) => XElement.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..].Replace("<br>", "<br/>", StringComparison.Ordinal)
        .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal), LoadOptions.PreserveWhitespace);
}
