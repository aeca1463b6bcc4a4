using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Endpoints;

/// <summary>A model on this machine.</summary>
/// <param name="model">The model, with tokenizer and chat template; it must outlive this.</param>
/// <param name="maxTokens">The most tokens of an answer; a longer one is cut there.</param>
public sealed class LocalChatModel(LoadedModel model, int maxTokens) : IChatModel
{
    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public Task<string> Answer(Chat chat, CancellationToken cancellation = default) => Task.Run(() => new Respondent(model, maxTokens).Answer([chat], cancellation)[0], cancellation);
}
