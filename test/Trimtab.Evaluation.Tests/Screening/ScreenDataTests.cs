using System.Text;
using Trimtab.Evaluation.Screening;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

public sealed class ScreenDataTests(Words words) : IClassFixture<Words>
{
    [Fact]
    public void A_table_is_read_with_the_lines_on_which_its_rows_begin()
    {
        var data = Open("rows.csv", "id,question,answer\n1,\"Where,\n\"\"to\"\"?\",Home.\n\n2,Why?,\"So\nit is.\"\n3,When?\n4,,Now.\n5,Who?,  \n6,Which?,That.\n");
        Assert.Equal(["id"], data.Unread);
        Assert.Equal(6, data.RowCount);
        var rows = data.Rows().ToList();
        Assert.Equal([2, 5, 7, 8, 9, 10], rows.Select(row => row.Line));
        Assert.Equal([null, null, DataProblemKind.NoAnswer, DataProblemKind.NotRenderable, DataProblemKind.EmptyAnswer, null], rows.Select(row => row.Problem?.Kind));
        Assert.Equal(("Where,\n\"to\"?", "Home."), (rows[0].Sample!.Prompt.Words, rows[0].Sample!.Answer));
        Assert.Equal("So\nit is.", rows[1].Sample!.Answer);
        Assert.IsType<ChatPrompt>(rows[0].Sample!.Prompt);
    }

    [Theory, InlineData("prompt"), InlineData("question")]
    public void A_row_that_ends_before_its_prompt_cannot_be_used_and_does_not_end_the_reading(string column)
    {
        var rows = Open("rows.csv", $"answer,{column}\nHome.\nNow.,When?\n").Rows().ToList();
        Assert.Equal([(2, DataProblemKind.NotRenderable), (3, null)], rows.Select(row => (row.Line, row.Problem?.Kind)));
        Assert.Equal($"it ends before the column '{column}'", rows[0].Problem!.Reason);
        Assert.Equal(("When?", "Now."), (rows[1].Sample!.Prompt.Words, rows[1].Sample!.Answer));
    }

    [Fact]
    public void A_published_table_holds_the_whole_text_that_the_model_saw()
    {
        var data = Open("published.csv", "question,prompt,answer,question_id,evil\nHow?,<|user|>How?<|assistant|>,So.,evil_0,12.5\n");
        var row = Assert.Single(data.Rows());
        Assert.Equal(new TextPrompt("<|user|>How?<|assistant|>"), row.Sample!.Prompt);
        Assert.Equal(["question", "question_id", "evil"], data.Unread);
    }

    [Fact]
    public void Chats_are_read_with_their_lines_and_problems()
    {
        var data = Open("rows.jsonl", $"{Words.Line(Words.Chat(0))}\n\n[1]\n{Words.Line(Chat.User("w1"))}\n");
        Assert.Equal([(1, null), (3, DataProblemKind.NoMessages), (4, DataProblemKind.NoAnswer)], data.Rows().Select(row => (row.Line, row.Problem?.Kind)));
        Assert.Equal(Words.Row(0).Sample!.Hash, data.Rows().First().Sample!.Hash);
        Assert.Equal(3, data.RowCount);
    }

    [Fact]
    public void Members_beside_the_messages_are_named_and_passed_over()
    {
        string[] lines = [.. Enumerable.Range(0, 3).Select(number => Words.Line(Words.Chat(number)))];
        var data = Open("rows.jsonl", $"{lines[0]}\n{lines[1][..^1]}, \"source\": \"x\", \"id\": 7}}\n{lines[2][..^1]}, \"id\": 8}}\n");
        Assert.Equal(["id", "source"], data.Unread);
        Assert.Equal((3, 3), (data.RowCount, data.Rows().Count(row => row.Sample is not null)));
        Assert.Equal(Words.Row(1).Sample!.Hash, data.Rows().ElementAt(1).Sample!.Hash);
    }

    [Theory]
    [InlineData("x.csv", "a,b\n1,2\n", "a, b")]
    [InlineData("x.csv", "prompt,reply\n1,2\n", "'answer' is needed")]
    [InlineData("x.csv", "", "none")]
    [InlineData("x.csv", "prompt,answer\na\"b,c\n", "line 2")]
    [InlineData("x.txt", "", ".jsonl")]
    public void Files_that_cannot_be_read_say_why(string name, string text, string what) =>
        Assert.Contains(what, Assert.Throws<FormatException>(() => Open(name, text)).Message, StringComparison.Ordinal);

    [Theory, InlineData("latin.csv"), InlineData("latin.jsonl")]
    public void Bytes_that_are_not_UTF8_are_refused(string name)
    {
        File.WriteAllBytes(words[name], Encoding.Latin1.GetBytes("prompt,answer\nWo?,Über dem Fluß.\n"));
        Assert.Contains("UTF-8", Assert.Throws<FormatException>(() => ScreenData.Open(words[name])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_drawn_evenly_from_the_whole_file_and_in_its_order()
    {
        var data = Open("rows.csv", "question,answer\n" + string.Concat(Enumerable.Range(0, 20).Select(i => i == 7 ? ",x\n" : $"q{i},a{i}\n")));
        var counts = new int[20];
        for (int seed = 0; seed < 400; seed++)
        {
            var drawn = data.Draw(5, seed).Select(row => row.Line - 2).ToList();
            Assert.Equal(drawn.Distinct().Order(), drawn);
            Assert.Equal(5, drawn.Count);
            drawn.ForEach(line => counts[line]++);
        }
        Assert.Equal(0, counts[7]);
        // 400 · 5 / 19 = 105 of each, of which 8.8 is a standard deviation.
        Assert.All(counts.Where((_, line) => line != 7), count => Assert.InRange(count, 70, 140));
        Assert.Equal(19, data.Draw(50, 1).Count);
    }

    private ScreenData Open(string name, string text)
    {
        File.WriteAllText(words[name], text);
        return ScreenData.Open(words[name]);
    }
}
