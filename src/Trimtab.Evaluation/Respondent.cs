using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation;

/// <summary>Asks a model, or a steered view of it, many questions, some at a time. Answers do not depend on how many go together.</summary>
/// <param name="model">The model, or a view of it.</param>
/// <param name="maxTokens">The most tokens of an answer; a longer one is cut there.</param>
/// <param name="batch">How many answers are generated together.</param>
public sealed class Respondent(LoadedModel model, int maxTokens, int batch = 64)
{
    /// <summary>Receive activations of every pass; texts come in the order of the conversations.</summary>
    public IReadOnlyList<IActivationSink> Sinks { get; init; } = [];

    /// <summary>The likeliest answers, token by token, in the order of the conversations; without space around them.</summary>
    public List<string> Answer(IEnumerable<Chat> chats, CancellationToken cancellation = default) => Ask(chats, _ => Options with { Sample = false }, cancellation);

    /// <summary>
    /// Answers drawn from the model's own distribution, at temperature 1 and with nothing cut off, whatever the checkpoint recommends. A draw depends on the seed, its number
    /// and its conversation alone, so a list that was interrupted goes on as if it had not been.
    /// </summary>
    /// <param name="chats">The conversations.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="first">The number of the first draw.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public List<string> Draw(IEnumerable<Chat> chats, int seed, int first = 0, CancellationToken cancellation = default) =>
        Ask(chats, index => Options with { Sample = true, Temperature = 1, TopK = 0, TopP = 1, MinP = 0, RepetitionPenalty = 1, Seed = unchecked(seed * 100_003 + first + index) }, cancellation);

    private GenerationOptions Options => model.GenerationDefaults with { MaxTokens = maxTokens };

    private List<string> Ask(IEnumerable<Chat> chats, Func<int, GenerationOptions> optionsOf, CancellationToken cancellation)
    {
        var answers = new List<string>();
        foreach (var part in chats.Index().Chunk(batch))
        {
            GenerationRequest[] requests = [.. part.Select(chat => new GenerationRequest(model.EncodeChat(chat.Item), optionsOf(chat.Index)) { Steering = model.Steering })];
            answers.AddRange(new Generator(model) { Sinks = Sinks }.Generate(requests, cancellation: cancellation).Select(text => text.Text.Trim()));
        }
        return answers;
    }
}
