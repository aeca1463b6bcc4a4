namespace Trimtab.Evaluation.Endpoints;

/// <summary>Where an OpenAI-compatible chat endpoint is, and how it is asked. The key is not among the options, so that they can be written down.</summary>
public sealed record EndpointOptions
{
    /// <summary>The address before "/chat/completions", such as "http://localhost:8080/v1".</summary>
    /// <exception cref="ArgumentException">It is no absolute http or https address.</exception>
    public required Uri Address
    {
        get;
        init => field = value is { IsAbsoluteUri: true, Scheme: "http" or "https" } ? value : throw new ArgumentException($"Endpoint: '{value}' is no address — expected one such as http://localhost:8080/v1.", nameof(value));
    }

    /// <summary>The model's name there.</summary>
    public required string Model { get; init; }

    /// <summary>The most requests at once. Default 16; a server on this machine may want fewer.</summary>
    public int Concurrency
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Endpoint: {value} requests at once were asked for — at least one is needed.", nameof(value));
    } = 16;

    /// <summary>How often a request is sent again after a time-out, a lost connection, or a status of 408, 429, 500, 502, 503 or 504; waits double from 0.8 seconds, or are what the endpoint asks for.</summary>
    public int Retries
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentException($"Endpoint: {value} retries were asked for — expected 0 or more.", nameof(value));
    } = 4;

    /// <summary>How long one request may take. Default two minutes.</summary>
    public TimeSpan Timeout
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentException($"Endpoint: a time of {value} was given for a request — it must be above 0.", nameof(value));
    } = TimeSpan.FromMinutes(2);
}
