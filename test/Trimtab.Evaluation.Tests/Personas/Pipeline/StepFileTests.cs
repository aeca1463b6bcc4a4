using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas.Pipeline;

public sealed class StepFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-steps-").FullName;
    private readonly List<string> _notes = [];

    private string File => Path.Combine(_folder, "judged.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rows_come_back_as_they_were_every_kind_of_verdict_with_its_raw_words()
    {
        JudgedPair[] rows =
        [
            new(new(new Verdict(new Score(1.0 / 3, 0.1), "{\"a\": \"ß\n\"}"), new Verdict(new Refused())), new(new Verdict(new Unreadable("no \"words\"")), new Verdict(new Score(100, 1)))),
            new(new(new Verdict(new Score(0, 0)), new Verdict(new Score(0, 0))), new(new Verdict(new Score(0, 0)), new Verdict(new Score(0, 0)))),
        ];
        Open("a").Append(rows);
        Assert.Equal(rows, Open("a").Rows);
        Assert.Equal(3, System.IO.File.ReadAllLines(File).Length);
        Assert.Empty(_notes);
    }

    [Fact]
    public void A_line_that_was_being_written_is_made_again()
    {
        Open("a").Append(Row(1), Row(2));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, whole[..^7]);
        var file = Open("a");
        Assert.Equal([Row(1)], file.Rows);
        file.Append(Row(2));
        Assert.Equal(whole, System.IO.File.ReadAllBytes(File));
        Assert.Empty(_notes);
    }

    [Fact]
    public void Rows_of_other_inputs_are_not_used_and_that_is_said()
    {
        Open("a").Append(Row(1));
        Assert.Empty(Open("b").Rows);
        Assert.Contains("judged.jsonl", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Theory, InlineData("my own notes\n"), InlineData("{\"step\":\"judged\",\"inputs\":\"a\",\"more\":1}\n"), InlineData("{\"step\":\"judged\",\"inputs\":\"a\"}\n{\"positive\":null}\n")]
    public void A_file_that_is_no_step_is_left_alone(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Contains("judged.jsonl, line ", Assert.Throws<FormatException>(() => Open("a")).Message, StringComparison.Ordinal);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    private StepFile<JudgedPair> Open(string inputs) => StepFile<JudgedPair>.Open(File, inputs, _notes);

    private static JudgedPair Row(double value)
    {
        var verdict = new Verdict(new Score(value, 1));
        return new(new(verdict, verdict), new(verdict, verdict));
    }
}
