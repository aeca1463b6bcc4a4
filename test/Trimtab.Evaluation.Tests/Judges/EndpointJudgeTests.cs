using System.Text.Json.Nodes;
using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Judges;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Judges;

public sealed class EndpointJudgeTests
{
    private const string Rubric = "How loud is {answer} to {question}?";
    private const string Key = "a-secret-key";

    private static readonly FakeReply WholeNumbers = FakeReply.Tokens(("85", 0.99), ("80", 0.01));

    [Fact]
    public async Task The_score_is_the_mean_of_the_numbers_among_the_likeliest_tokens()
    {
        using var server = Server(_ => FakeReply.Tokens(("80", 0.5), ("90", 0.5)));
        var verdict = await Single(server);
        Assert.Equal(85, Judged.Score(verdict.Judgement), 1e-9);
        Assert.Contains("top_logprobs", verdict.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_request_is_the_published_one()
    {
        using var server = Server(_ => FakeReply.Tokens(("80", 1)));
        await Single(server);
        var (path, authorization, body) = server.Requests[^1];
        Assert.Equal(("/v1/chat/completions", $"Bearer {Key}"), (path, authorization));
        var expected = JsonNode.Parse("""
            {"model": "judge", "messages": [{"role": "user", "content": "How loud is A0 to Q0?"}], "max_tokens": 1, "temperature": 0, "seed": 0, "logprobs": true, "top_logprobs": 20}
            """);
        Assert.True(JsonNode.DeepEquals(expected, body), body.ToJsonString());
    }

    [Fact]
    public async Task Little_mass_on_numbers_gives_no_score()
    {
        using var server = Server(_ => FakeReply.Tokens(("The", 0.8), ("80", 0.2)));
        Assert.IsType<Unreadable>((await Single(server)).Judgement);
    }

    [Fact]
    public async Task Where_refusal_is_the_likeliest_token_the_answer_refused()
    {
        using var server = Server(_ => FakeReply.Tokens(("REF", 0.6), ("0", 0.4)));
        Assert.IsType<Refused>((await Single(server)).Judgement);
    }

    [Fact]
    public async Task Without_probabilities_the_number_itself_is_read_strictly()
    {
        using var server = new FakeChatServer(body => FakeReply.Says(FakeChatServer.LastMessage(body)[^4..^1] switch { " Q0" => "72", " Q1" => "REFUSAL", " Q2" => "72 or so", " Q3" => "101", _ => "85" }));
        var verdicts = await Judge(server, 4);
        Assert.Equal(new Score(72, 1), verdicts[0].Judgement);
        Assert.IsType<Refused>(verdicts[1].Judgement);
        Assert.Contains("72 or so", Assert.IsType<Unreadable>(verdicts[2].Judgement).Reason, StringComparison.Ordinal);
        Assert.IsType<Unreadable>(verdicts[3].Judgement);
        Assert.Contains("72 or so", verdicts[2].Raw, StringComparison.Ordinal);
        Assert.All(server.Requests.Skip(1), request => Assert.False(request.Body.ContainsKey("logprobs")));
    }

    [Fact]
    public async Task An_endpoint_that_writes_digits_is_asked_for_the_whole_number()
    {
        // Its first token of 85 is an 8.
        using var server = new FakeChatServer(body => body["max_tokens"]!.GetValue<int>() == 1 ? FakeReply.Tokens(("8", 0.9), ("9", 0.1)) : FakeReply.Says("85"));
        Assert.Equal(new Score(85, 1), (await Single(server)).Judgement);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_to_tell_probabilities_is_asked_without()
    {
        using var server = new FakeChatServer(body => body.ContainsKey("logprobs") ? new FakeReply(400, """{"error": {"message": "logprobs are not supported"}}""") : FakeReply.Says("40"));
        Assert.Equal(new Score(40, 1), (await Single(server)).Judgement);
    }

    [Fact]
    public async Task A_judge_that_declines_says_nothing_of_the_answer()
    {
        using var server = Server(_ => FakeReply.Refuses("I cannot read this."));
        var verdict = await Single(server);
        Assert.IsType<Unreadable>(verdict.Judgement);
        Assert.Contains("I cannot read this.", verdict.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_answer_that_the_endpoint_refuses_leaves_the_others_their_verdicts()
    {
        using var server = Server(body => FakeChatServer.LastMessage(body).Contains("Q1", StringComparison.Ordinal) ? new FakeReply(400, """{"error": {"message": "flagged"}}""") : FakeReply.Tokens(("80", 1)));
        var verdicts = await Judge(server, 3);
        Assert.Equal(new[] { true, false, true }, verdicts.Select(verdict => verdict.Judgement is Score));
        Assert.Contains("flagged", verdicts[1].Raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_busy_endpoint_is_asked_again(int status)
    {
        int calls = 0;
        using var server = Server(_ => Interlocked.Increment(ref calls) == 1 ? new FakeReply(status, "{}") : FakeReply.Tokens(("30", 1)));
        Assert.Equal(30, Judged.Score((await Single(server)).Judgement), 1e-9);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task An_endpoint_that_is_late_once_is_asked_again()
    {
        int calls = 0;
        using var server = Server(_ =>
        {
            if (Interlocked.Increment(ref calls) == 1)
                Thread.Sleep(TimeSpan.FromSeconds(3));
            return FakeReply.Tokens(("30", 1));
        });
        var options = Options(server.Address) with { Timeout = TimeSpan.FromSeconds(1), Retries = 1 };
        Assert.Equal(30, Judged.Score((await Judge(new ChatEndpoint(options), 1))[0].Judgement), 1e-9);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_slash_behind_the_address_changes_nothing()
    {
        using var server = Server(_ => FakeReply.Tokens(("30", 1)));
        await Judge(new ChatEndpoint(Options(new Uri($"{server.Address}/"))), 1);
        Assert.Equal("/v1/chat/completions", server.Requests[^1].Path);
    }

    [Fact]
    public async Task A_wrong_key_is_told_at_once_and_never_shown()
    {
        using var server = new FakeChatServer(_ => new FakeReply(401, """{"error": {"message": "no such key"}}"""));
        var error = await Assert.ThrowsAsync<EndpointException>(() => Single(server));
        Assert.Equal(401, error.Status);
        Assert.Contains("no such key", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task What_is_no_chat_completion_is_an_error()
    {
        using var server = new FakeChatServer(_ => new FakeReply(200, "<html>Welcome</html>"));
        Assert.Contains("no chat completion", (await Assert.ThrowsAsync<EndpointException>(() => Single(server))).Message, StringComparison.Ordinal);
        using var empty = new FakeChatServer(_ => new FakeReply(200, """{"choices": []}"""));
        Assert.Contains("no choice", (await Assert.ThrowsAsync<EndpointException>(() => Single(empty))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_named()
    {
        var address = new Uri($"http://127.0.0.1:{FakeChatServer.FreePort()}/v1");
        var error = await Assert.ThrowsAsync<EndpointException>(() => Judge(new ChatEndpoint(Options(address) with { Retries = 0 }), 1));
        Assert.Contains($"{address}", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, error.Status);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_in_time_is_named()
    {
        using var server = new FakeChatServer(_ => WholeNumbers, TimeSpan.FromSeconds(5));
        var options = Options(server.Address) with { Retries = 0, Timeout = TimeSpan.FromMilliseconds(200) };
        Assert.Contains("0.2 seconds", (await Assert.ThrowsAsync<EndpointException>(() => Judge(new ChatEndpoint(options), 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdicts_come_in_order_and_no_more_requests_are_open_than_allowed()
    {
        using var server = new FakeChatServer(body => FakeChatServer.LastMessage(body)[^4..^1] is [' ' or 'Q', .. var number] && int.TryParse(number.TrimStart('Q'), out int value) ? FakeReply.Tokens(($"{value}", 1)) : WholeNumbers,
            TimeSpan.FromMilliseconds(40));
        var verdicts = await Judge(new ChatEndpoint(Options(server.Address) with { Concurrency = 3 }), 12);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (double)i), verdicts.Select(verdict => Judged.Score(verdict.Judgement)));
        Assert.InRange(server.MostAtOnce, 2, 3);
    }

    [Fact]
    public async Task Cancelling_ends_the_judging()
    {
        using var server = new FakeChatServer(_ => WholeNumbers, TimeSpan.FromSeconds(5));
        using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Judge(new ChatEndpoint(Options(server.Address)), 1, cancelling.Token));
    }

    [Fact]
    public async Task Identity_follows_the_endpoint_and_the_rubric()
    {
        using var server = Server(_ => WholeNumbers);
        var endpoint = new ChatEndpoint(Options(server.Address));
        string identity = (await EndpointJudge.Create(endpoint, Rubric)).Identity;
        Assert.Contains($"judge at {server.Address}", identity, StringComparison.Ordinal);
        Assert.NotEqual(identity, (await EndpointJudge.Create(endpoint, Rubric + " Really?")).Identity);
        Assert.Contains("{answer}", (await Assert.ThrowsAsync<ArgumentException>(() => EndpointJudge.Create(endpoint, "{question}"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_way_to_a_score_is_found_out_once_and_stands_in_the_identity()
    {
        bool tellsProbabilities = true;
        using var server = new FakeChatServer(_ => tellsProbabilities ? WholeNumbers : FakeReply.Says("85"));
        var endpoint = new ChatEndpoint(Options(server.Address));
        var judge = await EndpointJudge.Create(endpoint, Rubric);
        await judge.Judge(Answers(2));
        await judge.Judge(Answers(2));
        Assert.Equal(1 + 2 + 2, server.Requests.Count);
        Assert.Contains("by probabilities", judge.Identity, StringComparison.Ordinal);
        // An endpoint that changes in between is not judged by in another way under the same name.
        tellsProbabilities = false;
        Assert.IsType<Unreadable>((await judge.Judge(Answers(1)))[0].Judgement);
        Assert.Contains("by written numbers", (await EndpointJudge.Create(endpoint, Rubric)).Identity, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:8080/v1")]
    [InlineData("ftp://localhost/v1")]
    public void What_is_no_web_address_is_refused(string address) => Assert.Contains("is no address", Assert.Throws<ArgumentException>(() => Options(new Uri(address))).Message, StringComparison.Ordinal);

    // Writes whole numbers when tried out; the test says what it answers to rubrics.
    private static FakeChatServer Server(Func<JsonObject, FakeReply> answer) =>
        new(body => FakeChatServer.LastMessage(body).StartsWith("How loud", StringComparison.Ordinal) ? answer(body) : WholeNumbers);

    private static EndpointOptions Options(Uri address) => new() { Address = address, Model = "judge" };

    private static QuestionAndAnswer[] Answers(int count) => [.. Enumerable.Range(0, count).Select(i => new QuestionAndAnswer($"Q{i}", $"A{i}"))];

    private static Task<IReadOnlyList<Verdict>> Judge(FakeChatServer server, int count) => Judge(new ChatEndpoint(Options(server.Address), Key), count);

    private static async Task<IReadOnlyList<Verdict>> Judge(ChatEndpoint endpoint, int count, CancellationToken cancellation = default) =>
        await (await EndpointJudge.Create(endpoint, Rubric, cancellation)).Judge(Answers(count), cancellation);

    private static async Task<Verdict> Single(FakeChatServer server) => (await Judge(server, 1))[0];
}
