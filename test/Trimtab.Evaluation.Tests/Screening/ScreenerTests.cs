using System.Numerics.Tensors;
using Trimtab.Evaluation.Screening;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Evaluation.Tests.Screening;

public sealed class ScreenerTests(Words words) : IClassFixture<Words>
{
    [Fact]
    public void The_difference_is_that_of_mean_rows_along_the_unit_direction()
    {
        var chat = Words.Chat(3);
        var row = Assert.Single(Words.All(words.Screener().Score([Words.Row(3)])));
        string own = Assert.Single(new Respondent(words.Model, Words.Short.MaxAnswerTokens).Answer([new Chat(chat.Take(1))]));
        Assert.Equal(own, row.OwnAnswer);
        foreach (var trait in words.Traits)
        {
            var score = row.Scores![trait.Name];
            float[] v = [.. trait.Vector[trait.At].Values], given = Mean(trait.At, chat[0].Content, chat[1].Content, out float[] last), generated = Mean(trait.At, chat[0].Content, own, out _);
            float Along(float[] a) => TensorPrimitives.Dot<float>(a, v) / TensorPrimitives.Norm<float>(v);
            Assert.Equal(Along(given), score.Response, 1e-5f);
            Assert.Equal(Along(generated), score.Base, 1e-5f);
            Assert.Equal(Along(given) - Along(generated), score.Difference, 1e-5f);
            Assert.Equal(Along(last), score.PromptLast, 1e-5f);
            Assert.Equal(TensorPrimitives.CosineSimilarity<float>(given, v), score.Cosine, 1e-5f);
            Assert.NotEqual(0, score.Difference);
        }
    }

    [Fact]
    public void An_answer_in_the_models_own_words_has_no_difference()
    {
        string own = Words.All(words.Screener().Score([Words.Row(0)]))[0].OwnAnswer!;
        var row = Assert.Single(Words.All(words.Screener().Score([new ScreenRow(1, ScreenSample.OfChat(new Chat(Words.Chat(0).Take(1)).WithAssistant(own)))])));
        Assert.All(row.Scores!.Values, score => Assert.Equal((0f, score.Base), (score.Difference, score.Response)));
    }

    [Fact]
    public void Scores_do_not_depend_on_what_goes_together()
    {
        foreach (bool draws in (bool[])[false, true])
        {
            var options = Words.Short with { DrawsAnswers = draws };
            var expected = Words.All(words.Screener(options).Score(Words.Rows(7))).Select(ScreenJson.Line);
            Assert.Equal(expected, Words.All(words.Screener(options with { Window = 3, PassTokens = 20, AnswersTogether = 2 }).Score(Words.Rows(7))).Select(ScreenJson.Line));
            Assert.Equal(expected.Skip(4), Words.All(words.Screener(options with { Window = 1 }).Score(Words.Rows(7).Skip(4))).Select(ScreenJson.Line));
        }
    }

    [Fact]
    public void Rows_are_taken_a_window_at_a_time_from_data_without_an_end()
    {
        int taken = 0;
        IEnumerable<ScreenRow> Endless()
        {
            while (true)
                yield return Words.Row(taken++);
        }
        var windows = words.Screener(Words.Short with { Mode = ScreenMode.Raw, Window = 3 }).Score(Endless()).Take(2).ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6], Words.All(windows).Select(row => row.Line));
        Assert.Equal(6, taken);
    }

    [Fact]
    public void Draws_follow_from_seed_and_line()
    {
        string?[] Drawn(int seed) => [.. Words.All(words.Screener(Words.Short with { DrawsAnswers = true, Seed = seed }).Score([Words.Row(2), Words.Row(2) with { Line = 9 }])).Select(row => row.OwnAnswer)];
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
        Assert.NotEqual(Drawn(1)[0], Drawn(1)[1]);
    }

    [Fact]
    public void Earlier_answers_belong_to_the_prompt_and_the_last_is_screened()
    {
        var chat = Chat.System("w4").WithUser("w5").WithAssistant("w6 w7").WithUser("w8").WithAssistant("w9");
        var sample = ScreenSample.OfChat(chat.WithUser("w10"));
        Assert.Equal((4, "w8", "w9"), (Assert.IsType<ChatPrompt>(sample.Prompt).Chat.Count, sample.Prompt.Words, sample.Answer));
        Assert.NotEqual(ScreenSample.OfChat(Chat.System("w4").WithUser("w5").WithAssistant("w7").WithUser("w8").WithAssistant("w9")).Hash, sample.Hash);
        Assert.Throws<ArgumentException>(() => ScreenSample.OfChat(Chat.User("w1")));
    }

    [Fact]
    public void A_text_prompt_is_taken_as_it_stands()
    {
        var chat = new ScreenRow(1, ScreenSample.OfChat(Chat.User("w5 w6").WithAssistant("w7")));
        var text = new ScreenRow(1, new ScreenSample(new TextPrompt("w1 w5 w6 w2 w3 "), "w7"));
        Assert.Equal(Words.All(words.Screener().Score([chat]))[0].Scores, Words.All(words.Screener().Score([text]))[0].Scores);
    }

    [Fact]
    public void Without_own_answers_the_base_is_the_last_prompt_token_or_nothing()
    {
        var full = Words.All(words.Screener().Score(Words.Rows(4)));
        foreach (var (mode, expected) in ((ScreenMode, Func<TraitScore, float>)[])[(ScreenMode.PromptProxy, score => score.PromptLast), (ScreenMode.Raw, _ => 0)])
            foreach (var (one, other) in full.Zip(Words.All(words.Screener(Words.Short with { Mode = mode }).Score(Words.Rows(4)))))
            {
                Assert.Null(other.OwnAnswer);
                Assert.All(other.Scores!, score => Assert.Equal(one.Scores![score.Key] with { Base = expected(score.Value), Difference = score.Value.Response - expected(score.Value) }, score.Value));
            }
    }

    // A line goes through two points.
    [Fact]
    public void A_proxy_that_is_calibrated_on_two_rows_gives_their_full_base()
    {
        var full = Words.All(words.Screener().Score(Words.Rows(2)));
        var proxy = words.Screener(Words.Short with { Mode = ScreenMode.PromptProxy, CalibrateOn = 2 }).Calibrated(Words.Rows(2));
        foreach (var (one, other) in full.Zip(Words.All(proxy.Score(Words.Rows(2)))))
            Assert.All(other.Scores!, score => Assert.Equal(one.Scores![score.Key].Base, score.Value.Base, 1e-4f));
        Assert.All(proxy.Lines, line => Assert.Equal((2, 1.0), (line.Rows, Math.Round(Math.Abs(line.Correlation!.Value), 6))));
    }

    [Fact]
    public void A_line_is_that_of_least_squares_and_equal_points_leave_its_slope_at_one()
    {
        // By hand: means 2 and 4, sums of squares 2 and 14, of products 5.
        var line = ProxyLine.Fit([(1, 2), (2, 3), (3, 7)]);
        Assert.Equal((2.5, -1.0, 3, 5 / Math.Sqrt(28)), (line.Slope, line.Intercept, line.Rows, line.Correlation!.Value));
        Assert.Equal(new ProxyLine(1, 3, 2), ProxyLine.Fit([(2, 4), (2, 6)]));
    }

    [Fact]
    public void Rows_that_cannot_be_used_keep_their_place_and_say_why()
    {
        var screener = new Screener(words.Model, words.Traits, Words.Short with { MaxTokens = 8 });
        var rows = Words.All(screener.Score([Words.Row(0), new ScreenRow(2, null, new DataProblem(2, DataProblemKind.NotJson, "no")), Words.Row(2) with { Sample = Sample("w5", "w6 w6 w6 w6 w6") }, Words.Row(3) with { Sample = Sample("w5", "") }]));
        Assert.Equal([null, DataProblemKind.NotJson, DataProblemKind.TooLong, DataProblemKind.EmptyAnswer], rows.Select(row => row.Problem));
        Assert.Equal([1, 2, 3, 4], rows.Select(row => row.Line));
        Assert.Contains("9 tokens, at most 8", rows[2].Reason, StringComparison.Ordinal);
        Assert.All(rows.Skip(1), row => Assert.Null(row.Scores));
    }

    [Fact]
    public void What_cannot_be_screened_with_is_refused()
    {
        Assert.Contains("no name twice", Assert.Throws<ArgumentException>(() => new Screener(words.Model, [words.Trait("one", 1), words.Trait("one", 2)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Screener(words.Model, []));
        Assert.Contains("only the prompt proxy", Assert.Throws<ArgumentException>(() => words.Screener(Words.Short with { CalibrateOn = 4 })).Message, StringComparison.Ordinal);
        Assert.Throws<SteeringException>(() => new ScreenTrait("none", words.Vector("v", 1), layer: 2));
        Assert.Contains("steered", Assert.Throws<ArgumentException>(() => new Screener(words.Model.With(SteeringPlan.None.Compile(words.Model)), words.Traits)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => Words.Short with { CalibrateOn = 1 }).Message, StringComparison.Ordinal);
    }

    private static ScreenSample Sample(string question, string answer) => new(new ChatPrompt(Chat.User(question)), answer);

    private float[] Mean(HookPoint at, string question, string answer, out float[] last)
    {
        var text = ExampleEncoder.Encode(words.Model, question, answer, PromptForm.Chat);
        var capture = new ActivationCapture([at]);
        using var run = new ModelRun(words.Model, [new Sequence(text.Ids, text.PromptLength)], [capture]);
        run.Forward(LogitRows.None);
        var rows = capture[at];
        last = rows.Row(text.PromptLength - 1).ToArray();
        return [.. Enumerable.Range(0, rows.Columns).Select(column => Enumerable.Range(text.PromptLength, rows.RowCount - text.PromptLength).Average(row => rows.Row(row)[column]))];
    }
}
