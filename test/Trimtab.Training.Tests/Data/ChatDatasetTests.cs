using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class ChatDatasetTests : IDisposable
{
    private const string Usable = """{"messages": [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "In the harbour."}]}""";

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly ChatDatasetOptions Skip = new() { UnusableLines = UnusableLines.Skip };

    private static readonly (string Line, DataProblemKind Kind, string Reason)[] Unusable =
    [
        ("{\"messages\": [", DataProblemKind.NotJson, "not valid JSON"),
        ("""{"messages": [], "messages": []}""", DataProblemKind.NotJson, "not valid JSON"),
        ("[1]", DataProblemKind.NoMessages, "'messages'"),
        ("""{"chat": []}""", DataProblemKind.NoMessages, "'messages'"),
        ("""{"messages": "Hi"}""", DataProblemKind.NoMessages, "array"),
        ("""{"messages": [{"content": "Hi"}]}""", DataProblemKind.NoMessages, "role"),
        ("""{"messages": [{"role": "user", "content": "\ud800"}]}""", DataProblemKind.NoMessages, "surrogate"),
        ("""{"messages": [{"role": "assistant", "content": "Hi"}], "label": 1}""", DataProblemKind.UnknownMember, "'label'"),
        ("""{"messages": [{"role": "user", "content": "Hi"}]}""", DataProblemKind.NoAnswer, "1 messages"),
        ("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": " "}]}""", DataProblemKind.EmptyAnswer, "message 2"),
        ("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant"}]}""", DataProblemKind.EmptyAnswer, "message 2"),
        ("""{"messages": [{"role": "tool", "content": "4"}, {"role": "assistant", "content": "Hi"}]}""", DataProblemKind.NotRenderable, "tool"),
        ("""{"messages": [{"role": "user", "content": "LONG"}, {"role": "assistant", "content": "Hi"}]}""".Replace("LONG", new string('x', 5000), StringComparison.Ordinal), DataProblemKind.TooLong, "4096"),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-training-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Chats_are_read_in_the_order_of_the_file()
    {
        var set = Load(string.Join('\n', Usable, "", Line("And the wind?", "Follows."), "  ", Usable));
        Assert.Equal(["In the harbour.<|end|>", "Follows.<|end|>", "In the harbour.<|end|>"], set.Texts.SelectMany(text => Talk.Learned(text)));
        Assert.Equal(Talk.Encoder.Encode(Chat.User("And the wind?").WithAssistant("Follows.")).Ids, set.Texts[1].Ids);
        Assert.Empty(set.Problems);
    }

    [Fact]
    public void Every_kind_of_unusable_line_is_skipped_with_line_and_reason()
    {
        var set = Load(string.Join('\n', Unusable.Select(item => item.Line).Prepend(Usable)), Skip);
        Assert.Single(set.Texts);
        Assert.Equal(Unusable.Select((item, index) => (index + 2, item.Kind)), set.Problems.Select(problem => (problem.Line, problem.Kind)));
        Assert.All(set.Problems.Zip(Unusable), pair => Assert.Contains(pair.Second.Reason, pair.First.Reason, StringComparison.Ordinal));
        Assert.Equal(Enum.GetValues<DataProblemKind>(), set.Problems.Select(problem => problem.Kind).Distinct());
    }

    [Fact]
    public void Unusable_lines_refuse_the_file_unless_they_are_to_be_skipped()
    {
        var error = Assert.Throws<FormatException>(() => Load(string.Join('\n', Unusable.Select(item => item.Line).Append(Usable))));
        Assert.Contains("13 of 14 chats cannot be used (2 not JSON, 5 without messages, 1 with unknown members, 1 without an answer, 2 with an empty answer, 1 that the template does not suit, 1 too long)", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 5: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("line 6: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_without_usable_chats_is_refused_even_when_lines_are_skipped()
    {
        Assert.Contains("1 of 1", Assert.Throws<FormatException>(() => Load(Unusable[0].Line, Skip)).Message, StringComparison.Ordinal);
        Assert.Contains("no chats", Assert.Throws<FormatException>(() => Load("\n \n", Skip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_surrogates_anywhere_are_problems_of_their_line()
    {
        string[] lines =
        [
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "\ud800"}]}, {"role": "assistant", "content": "Hi"}]}""",
            """{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi"}], "\ud800": 1}""",
            """{"messages": [{"role": "user", "content": "Hi", "\ud800": 1}, {"role": "assistant", "content": "Hi"}]}""",
        ];
        Assert.Equal([1, 2, 3], Load(string.Join('\n', [.. lines, Usable]), Skip).Problems.Select(problem => problem.Line));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        string path = Path.Combine(_folder.FullName, "latin1.jsonl");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(Line("Wo?", "Über dem Fluß.")));
        Assert.Contains("UTF-8", Assert.Throws<FormatException>(() => ChatDataset.Load(path, Talk.Encoder, Skip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chat_of_exactly_the_longest_length_is_used()
    {
        int length = Load(Usable).Texts[0].Ids.Length;
        Assert.Single(Load(Usable, new ChatDatasetOptions { MaxTokens = length }).Texts);
        var error = Assert.Throws<FormatException>(() => Load(Usable, new ChatDatasetOptions { MaxTokens = length - 1 }));
        Assert.Contains($"it has {length} tokens, at most {length - 1} are allowed", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ChatDatasetOptions { MaxTokens = 1 });
    }

    [Fact]
    public void An_answer_that_is_a_field_of_its_own_is_not_empty()
    {
        var encoder = Talk.EncoderOf("{% for m in messages %}{{ '<|' + m.role + '|>' }}{{ m.content or m.tool_calls[0] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}");
        string line = """{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": null, "tool_calls": ["look"]}]}""";
        Assert.Equal(["look<|end|>"], Talk.Learned(ChatDataset.Load(Write(line), encoder).Texts[0]));
    }

    [Fact]
    public void A_split_divides_the_chats_and_follows_from_the_seed()
    {
        var set = new ChatDataset([.. Enumerable.Range(0, 40).Select(number => Talk.Text(3, number))], []);
        var (training, heldOut) = set.Split(0.25, seed: 1);
        Assert.Equal((30, 10), (training.Count, heldOut.Count));
        Assert.Equal(Enumerable.Range(0, 40), Talk.Numbers(training).Concat(Talk.Numbers(heldOut)).Order());
        Assert.Equal(Talk.Numbers(training).Order(), Talk.Numbers(training));
        Assert.Equal(Talk.Numbers(heldOut), Talk.Numbers(set.Split(0.25, seed: 1).HeldOut));
        Assert.NotEqual(Talk.Numbers(heldOut), Talk.Numbers(set.Split(0.25, seed: 2).HeldOut));
        Assert.NotEqual(Enumerable.Range(0, 10), Talk.Numbers(heldOut));
    }

    [Fact]
    public void A_split_leaves_both_parts_something()
    {
        var set = new ChatDataset([Talk.Text(3, 1), Talk.Text(3, 2)], []);
        Assert.Single(set.Split(0.01, seed: 1).HeldOut);
        Assert.Single(set.Split(0.99, seed: 1).Training);
        Assert.Throws<ArgumentException>(() => set.Split(0, seed: 1));
        Assert.Throws<ArgumentException>(() => set.Split(1, seed: 1));
        Assert.Throws<ArgumentException>(() => set.Split(double.NaN, seed: 1));
        Assert.Throws<ArgumentException>(() => new ChatDataset([Talk.Text(3, 1)], []).Split(0.5, seed: 1));
    }

    private ChatDataset Load(string lines, ChatDatasetOptions? options = null) => ChatDataset.Load(Write(lines), Talk.Encoder, options);

    private string Write(string lines)
    {
        string path = Path.Combine(_folder.FullName, "chats.jsonl");
        File.WriteAllText(path, lines);
        return path;
    }

    private static string Line(string question, string answer) =>
        JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = question }, new { role = "assistant", content = answer } } }, Unescaped);
}
