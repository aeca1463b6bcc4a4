using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Endpoints;

/// <summary>A model behind an endpoint.</summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="maxTokens">The most tokens of an answer; a longer one is cut there.</param>
public sealed class EndpointChatModel(ChatEndpoint endpoint, int maxTokens) : IChatModel
{
    /// <inheritdoc/>
    public string Name => endpoint.Name;

    /// <inheritdoc/>
    /// <exception cref="EndpointException">The endpoint cannot be asked, or refuses.</exception>
    public async Task<string> Answer(Chat chat, CancellationToken cancellation = default) => (await endpoint.Ask(chat, maxTokens, cancellation: cancellation).ConfigureAwait(false)).Text;
}
