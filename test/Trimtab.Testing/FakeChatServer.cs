using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Trimtab.Testing;

/// <summary>What the fake server sends back.</summary>
public sealed record FakeReply(int Status, string Body)
{
    /// <summary>A chat completion of some words, without probabilities.</summary>
    public static FakeReply Says(string words) => Completion(new JsonObject { ["role"] = "assistant", ["content"] = words }, null);

    /// <summary>A chat completion whose first token has the given probabilities; the first of them is what it says.</summary>
    public static FakeReply Tokens(params (string Token, double Probability)[] tokens) => Completion(
        new JsonObject { ["role"] = "assistant", ["content"] = tokens[0].Token },
        new JsonArray([.. tokens.Select(token => (JsonNode)new JsonObject { ["token"] = token.Token, ["logprob"] = Math.Log(token.Probability) })]));

    /// <summary>A chat completion that is marked as a refusal.</summary>
    public static FakeReply Refuses(string words) => Completion(new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = words }, null);

    private static FakeReply Completion(JsonObject message, JsonArray? first) => new(200, new JsonObject
    {
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = message,
            ["finish_reason"] = "length",
            ["logprobs"] = first is null ? null : new JsonObject { ["content"] = new JsonArray(new JsonObject { ["token"] = message["content"]!.GetValue<string>(), ["top_logprobs"] = first }) },
        }),
    }.ToJsonString());
}

/// <summary>A small OpenAI-compatible chat server on this machine, which answers as a test says.</summary>
public sealed class FakeChatServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<JsonObject, FakeReply> _answer;
    private readonly TimeSpan _delay;
    private readonly ConcurrentQueue<(string Path, string? Authorization, JsonObject Body)> _requests = [];
    private readonly Lock _counting = new();
    private int _open;

    /// <summary>Starts to serve.</summary>
    /// <param name="answer">Gets a request's body; called by several threads at once.</param>
    /// <param name="delay">How long every answer takes.</param>
    public FakeChatServer(Func<JsonObject, FakeReply> answer, TimeSpan delay = default)
    {
        (_answer, _delay) = (answer, delay);
        int port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}/v1");
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = Task.Run(Serve);
    }

    /// <summary>The address before "/chat/completions".</summary>
    public Uri Address { get; }

    /// <summary>What came so far.</summary>
    public IReadOnlyList<(string Path, string? Authorization, JsonObject Body)> Requests => [.. _requests];

    /// <summary>The most requests that were open at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>The last message of a request.</summary>
    public static string LastMessage(JsonObject body) => body["messages"]!.AsArray()[^1]!["content"]!.GetValue<string>();

    /// <summary>A port of this machine at which nothing listens.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            _ = Task.Run(() => Answer(context));
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        Count(1);
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var body = JsonNode.Parse(await reader.ReadToEndAsync())!.AsObject();
        _requests.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["Authorization"], body));
        await Task.Delay(_delay);
        var reply = _answer(body);
        Count(-1);
        try
        {
            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes(reply.Body), willBlock: true);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client gave up, as tests of time-outs want it to.
        }
    }

    private void Count(int change)
    {
        lock (_counting)
            MostAtOnce = Math.Max(MostAtOnce, _open += change);
    }
}
