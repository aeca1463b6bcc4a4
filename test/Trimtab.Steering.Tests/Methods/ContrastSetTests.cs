using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Methods;

public sealed class ContrastSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-pairs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pairs_with_an_empty_answer_are_left_out_and_named_by_their_line()
    {
        const string Whole = """{"question": "a", "positive": "b", "negative": "c"}""", NoPositive = """{"question": "a", "positive": "", "negative": "c"}""", NoNegative = """{"question": "a", "positive": "b", "negative": ""}""";
        foreach (string path in (string[])[Write("pairs.jsonl", $"{Whole}\n\n{NoPositive}\n{NoNegative}\n{Whole}\n"), Write("pairs.json", $"[{Whole}, {NoPositive}, {NoNegative}, {Whole}]")])
        {
            var data = ContrastSet.Load(path);
            Assert.Equal([new ContrastPair("a", "b", "c"), new ContrastPair("a", "b", "c")], data.Pairs);
            int[] places = path.EndsWith('l') ? [3, 4] : [2, 3];
            Assert.Equal(places, data.Problems.Select(problem => problem.Line));
            Assert.All(data.Problems, problem => Assert.Equal(DataProblemKind.EmptyAnswer, problem.Kind));
            Assert.Contains("positive", data.Problems[0].Reason, StringComparison.Ordinal);
            Assert.Contains("negative", data.Problems[1].Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_without_a_pair_that_can_be_used_is_refused_with_the_count()
    {
        string path = Write("none.jsonl", """{"question": "a", "positive": "", "negative": "c"}""");
        Assert.Contains("1 with an empty answer", Assert.Throws<FormatException>(() => ContrastSet.Load(path)).Message, StringComparison.Ordinal);
        Assert.Contains("there are no pairs in it.", Assert.Throws<FormatException>(() => ContrastSet.Load(Write("empty.jsonl", "\n"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_with_an_answer_of_no_tokens_does_not_count()
    {
        using var words = new WordModel();
        ContrastPair some = new("w30", "w40 w41", "w50"), other = new("w31", "w42", "w51 w52"), empty = new("w32", "   ", "w53");
        var (with, without) = (new LinearProbe().Fit(words.Model, new ContrastSet([some, empty, other])), new LinearProbe().Fit(words.Model, new ContrastSet([some, other])));
        foreach (var point in without.HookPoints)
            Near.Identical(without[point].Values, with[point].Values, point.ToString());
        Assert.Equal((2, without.Provenance.DataHash), (with.Provenance.ExampleCount, with.Provenance.DataHash));
        Assert.Contains("none of the 1 pairs", Assert.Throws<SteeringException>(() => new MeanDifference().Fit(words.Model, new ContrastSet([empty]))).Message, StringComparison.Ordinal);
        // The last token of the prompt is there whatever the answer is.
        Assert.Equal(1, new MeanDifference { Tokens = TokenRule.LastPromptToken }.Fit(words.Model, new ContrastSet([empty])).Provenance.ExampleCount);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
