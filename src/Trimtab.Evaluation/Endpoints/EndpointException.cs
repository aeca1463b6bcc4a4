namespace Trimtab.Evaluation.Endpoints;

/// <summary>An endpoint cannot be reached, refuses a request, or answers with what is no chat completion.</summary>
public sealed class EndpointException : IOException
{
    /// <summary>An error without a status.</summary>
    public EndpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>The HTTP status of the refusal; 0 where no answer came, or none that could be read.</summary>
    public int Status { get; init; }
}
