using System.Text.Json.Nodes;
using Trimtab.Evaluation.Screening;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

public sealed class ScreenRunTests : IDisposable
{
    private const int Rows = 11;

    private static readonly ScreeningOptions Small = Words.Short with { Window = 3 };

    private readonly Words _words = new();
    private readonly ScreenData _data;

    public ScreenRunTests() => _data = ScreenData.Open(_words.Chats("chats.jsonl", Rows));

    public void Dispose() => _words.Dispose();

    [Fact]
    public void A_run_that_is_stopped_goes_on_and_ends_in_the_same_bytes()
    {
        byte[] whole = Run("whole.jsonl");
        foreach (int rows in (int[])[0, 3, 6])
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => new ScreenRun(_words.Screener(Small), _data, _words["stopped.jsonl"]).Run(new Stopping(rows, stop), stop.Token));
            Assert.Equal(1 + rows, File.ReadLines(_words["stopped.jsonl"]).Count());
            Assert.Equal(whole, Run("stopped.jsonl"));
            File.Delete(_words["stopped.jsonl"]);
        }
    }

    [Fact]
    public void A_line_that_a_kill_left_half_written_is_written_anew()
    {
        byte[] whole = Run("whole.jsonl");
        foreach (int cut in (int[])[1, 40, whole.Length / 2])
        {
            File.WriteAllBytes(_words["cut.jsonl"], whole[..^cut]);
            Assert.Equal(whole, Run("cut.jsonl"));
        }
    }

    [Fact]
    public void A_finished_run_changes_nothing_and_every_row_stands_in_it_once()
    {
        byte[] whole = Run("whole.jsonl");
        Assert.Equal(whole, Run("whole.jsonl"));
        // Line 4 is blank, line 2 no chat.
        var rows = ScoreFile.Open(_words["whole.jsonl"]).Rows().ToList();
        Assert.Equal([1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12], rows.Select(row => row.Line));
        Assert.Equal([2], rows.Where(row => row.Scores is null).Select(row => row.Line));
        Assert.Contains("not valid JSON", rows[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_of_another_screening_are_not_gone_on_with()
    {
        Run("whole.jsonl");
        byte[] before = File.ReadAllBytes(_words["whole.jsonl"]);
        void Refused(string what, Screener screener, ScreenData data, Shard? shard = null) =>
            Assert.Contains(what, Assert.Throws<FormatException>(() => new ScreenRun(screener, data, _words["whole.jsonl"], shard).Run()).Message, StringComparison.Ordinal);
        Refused("the mode is Full, not Raw", _words.Screener(Small with { Mode = ScreenMode.Raw }), _data);
        Refused("the way of answering", _words.Screener(Small with { DrawsAnswers = true }), _data);
        Refused("the longest row", _words.Screener(Small with { MaxTokens = 99 }), _data);
        Refused("the list of traits", new Screener(_words.Model, [_words.Trait("first", 2)], Small), _data);
        Refused("the data", _words.Screener(Small), ScreenData.Open(_words.Chats("other.jsonl", Rows + 1)));
        Refused("the shard is none, not 1/2", _words.Screener(Small), _data, new Shard(1, 2));
        Assert.Equal(before, File.ReadAllBytes(_words["whole.jsonl"]));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"chat_template": "{% for message in messages %}w4 {{ message.content }} w2 {% endfor %}w3 "}""", "the chat template")]
    [InlineData("generation_config.json", """{"eos_token_id": [2, 7]}""", "the list of end tokens is [2], not [2, 7]")]
    public void Scores_under_another_template_or_other_end_tokens_are_not_gone_on_with(string file, string text, string what)
    {
        Run("whole.jsonl");
        byte[] before = File.ReadAllBytes(_words["whole.jsonl"]);
        using var changed = _words.WithFile(file, text);
        Assert.Equal(_words.Model.Fingerprint, changed.Fingerprint);
        var run = new ScreenRun(new Screener(changed, _words.Traits, Small), _data, _words["whole.jsonl"]);
        Assert.Contains(what, Assert.Throws<FormatException>(() => run.Run()).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_words["whole.jsonl"]));
    }

    [Theory, InlineData(ScreenMode.Full, 0), InlineData(ScreenMode.PromptProxy, 4)]
    public void Shards_give_the_bytes_of_the_whole(ScreenMode mode, int calibrateOn)
    {
        var options = Small with { Mode = mode, CalibrateOn = calibrateOn };
        byte[] whole = Run("whole.jsonl", options);
        string[] shards = [.. Enumerable.Range(1, 3).Select(index => _words[$"shard{index}.jsonl"])];
        foreach (var (index, path) in shards.Index())
            Run(Path.GetFileName(path), options, new Shard(index + 1, 3));
        ScreenMerge.Join([shards[2], shards[0], shards[1]], _words["merged.jsonl"]);
        Assert.Equal(whole, File.ReadAllBytes(_words["merged.jsonl"]));
    }

    [Fact]
    public void Shards_that_are_not_all_of_one_screening_are_refused()
    {
        string[] shards = [.. Enumerable.Range(1, 3).Select(index => _words[$"shard{index}.jsonl"])];
        foreach (var (index, path) in shards.Index())
            Run(Path.GetFileName(path), Small, new Shard(index + 1, 3));
        Run("raw.jsonl", Small with { Mode = ScreenMode.Raw }, new Shard(3, 3));
        Run("half.jsonl", Small, new Shard(1, 2));
        Run("whole.jsonl");
        File.WriteAllText(_words["short.jsonl"], string.Concat(File.ReadLines(shards[1]).SkipLast(1).Select(line => line + "\n")));
        File.WriteAllText(_words["doubled.jsonl"], string.Concat(File.ReadLines(shards[1]).SkipLast(1).Append(File.ReadLines(shards[1]).ElementAt(1)).Select(line => line + "\n")));
        void Refused(string what, params string[] paths) => Assert.Contains(what, Assert.Throws<FormatException>(() => ScreenMerge.Join(paths, _words["merged.jsonl"])).Message, StringComparison.Ordinal);
        Refused("of 3 shards 2 is missing", shards[0], shards[2]);
        Refused("2/3 was given twice", shards[0], shards[1], shards[1], shards[2]);
        Refused("the mode is Raw, not Full", shards[0], shards[1], _words["raw.jsonl"]);
        Refused("shard 1/2", shards[0], shards[1], _words["half.jsonl"]);
        Refused("holds no shard", shards[0], _words["whole.jsonl"]);
        Refused("3 of 4 rows", shards[0], _words["short.jsonl"], shards[2]);
        Refused("none twice", shards[0], _words["doubled.jsonl"], shards[2]);
        Refused("no file was given");
        Assert.False(File.Exists(_words["merged.jsonl"]));
    }

    [Fact]
    public void A_file_says_what_its_scores_came_of()
    {
        Run("whole.jsonl", Small with { DrawsAnswers = true, Seed = 5 });
        var settings = JsonNode.Parse(File.ReadLines(_words["whole.jsonl"]).First())!;
        Assert.Equal(("screen", 1, "full", Rows), (settings["trimtab"]!.GetValue<string>(), settings["version"]!.GetValue<int>(), settings["mode"]!.GetValue<string>(), settings["rows"]!.GetValue<int>()));
        Assert.Equal((5, true, 5), (settings["answers"]!["maxTokens"]!.GetValue<int>(), settings["answers"]!["sample"]!.GetValue<bool>(), settings["answers"]!["seed"]!.GetValue<int>()));
        Assert.Equal(("first", "first.gguf", 1), (settings["traits"]![0]!["name"]!.GetValue<string>(), settings["traits"]![0]!["vector"]!.GetValue<string>(), settings["traits"]![0]!["layer"]!.GetValue<int>()));
        Assert.Equal(_words.Model.Fingerprint, settings["fingerprint"]!.GetValue<string>());
    }

    [Theory, InlineData("", "it is empty"), InlineData("{}", "line 1"), InlineData("[1]", "line 1"), InlineData("{\"messages\": []}", "line 1")]
    public void What_is_no_file_of_scores_is_refused_with_its_name(string text, string what)
    {
        File.WriteAllText(_words["foreign.jsonl"], text);
        string message = Assert.Throws<FormatException>(() => ScoreFile.Open(_words["foreign.jsonl"])).Message;
        Assert.Contains("foreign.jsonl", message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Theory, InlineData("1/3", 4), InlineData("2/3", 4), InlineData("3/3", 3), InlineData("1/1", 11)]
    public void A_shard_counts_its_rows(string text, int rows)
    {
        var shard = Shard.Parse(text);
        Assert.Equal((rows, text), (shard.RowsOf(11), shard.ToString()));
        Assert.Equal(rows, shard.Of(Enumerable.Range(0, 11)).Count());
    }

    [Theory, InlineData("0/3"), InlineData("4/3"), InlineData("1"), InlineData("1/2/3"), InlineData("a/b")]
    public void What_is_no_shard_is_refused(string text) => Assert.Throws<FormatException>(() => Shard.Parse(text));

    private byte[] Run(string name, ScreeningOptions? options = null, Shard? shard = null)
    {
        new ScreenRun(_words.Screener(options ?? Small), _data, _words[name], shard).Run();
        return File.ReadAllBytes(_words[name]);
    }

    private sealed class Stopping(int rows, CancellationTokenSource stop) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value == rows)
                stop.Cancel();
        }
    }
}
