using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Endpoints;

/// <summary>
/// A model behind an OpenAI-compatible chat endpoint. Requests are sent at temperature 0 with seed 0, and again with growing pauses while the endpoint is busy or failing. Safe
/// for use by several threads at once.
/// </summary>
public sealed class ChatEndpoint
{
    // The client wants some key; servers on one's own machine read none.
    private const string NoKey = "none";

    private readonly ChatClient _client;

    /// <summary>An endpoint; nothing is sent yet.</summary>
    /// <param name="options">Where it is and how to ask.</param>
    /// <param name="key">The key that authorises requests; null for an endpoint without.</param>
    public ChatEndpoint(EndpointOptions options, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        var address = new Uri(options.Address.AbsoluteUri.TrimEnd('/'));
        _client = new ChatClient(options.Model, new ApiKeyCredential(string.IsNullOrWhiteSpace(key) ? NoKey : key.Trim()),
            new OpenAIClientOptions { Endpoint = address, NetworkTimeout = options.Timeout, RetryPolicy = new ClientRetryPolicy(options.Retries) });
    }

    /// <summary>Where it is and how it is asked.</summary>
    public EndpointOptions Options { get; }

    /// <summary>The model and where it is, in one line.</summary>
    public string Name => $"{Options.Model} at {Options.Address}";

    /// <summary>Asks for the likeliest answer.</summary>
    /// <param name="chat">The conversation; roles and words are sent, other fields are not.</param>
    /// <param name="maxTokens">The most tokens of the answer.</param>
    /// <param name="alternatives">For how many tokens of each place to ask for probabilities; 0 for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="EndpointException">There is no answer after all retries, a refusal, or no chat completion.</exception>
    internal async Task<EndpointReply> Ask(Chat chat, int maxTokens, int alternatives = 0, CancellationToken cancellation = default)
    {
        using var request = BinaryContent.Create(BinaryData.FromString(Request(chat, maxTokens, alternatives).ToJsonString()));
        try
        {
            // The body is written and read here, not by the client's own types: compatible servers leave out members that these require.
            var result = await _client.CompleteChatAsync(request, new RequestOptions { CancellationToken = cancellation }).ConfigureAwait(false);
            return EndpointReply.Parse(result.GetRawResponse().Content.ToString());
        }
        catch (ClientResultException e) when (e.Status != 0)
        {
            throw new EndpointException($"Endpoint: {Name} refused the request — HTTP {e.Status}, {Line(e.GetRawResponse()?.Content.ToString() is { Length: > 0 } words ? words : e.Message)}", e) { Status = e.Status };
        }
        catch (FormatException e)
        {
            throw new EndpointException($"Endpoint: {Name} answered with what is no chat completion — {e.Message}. Is the address that of its API, such as …/v1?", e);
        }
        catch (Exception e) when (e is ClientResultException or AggregateException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // After several tries the client tells each; the last says what is the matter now.
            string reason = (e is AggregateException several ? several.InnerExceptions[^1] : e) is OperationCanceledException ? $"no answer came within {Options.Timeout.TotalSeconds:0.#} seconds" : Line(e.GetBaseException().Message);
            throw new EndpointException($"Endpoint: {Name} cannot be reached — {reason} (tried {Options.Retries + 1} times). Is it running, and is the address right?", e);
        }
    }

    private JsonObject Request(Chat chat, int maxTokens, int alternatives)
    {
        var request = new JsonObject
        {
            ["model"] = Options.Model,
            ["messages"] = new JsonArray([.. chat.Select(message => (JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
            ["max_tokens"] = maxTokens,
            ["temperature"] = 0,
            ["seed"] = 0,
        };
        if (alternatives > 0)
            (request["logprobs"], request["top_logprobs"]) = (true, alternatives);
        return request;
    }

    private static string Line(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 300 ? line : line[..297] + "…";
    }
}
