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

    /// <summary>Answers drawn from the model's distribution; the same for the same seed and order.</summary>
    public List<string> Draw(IEnumerable<Chat> chats, int seed, CancellationToken cancellation = default) =>
        Ask(chats, index => Options with { Sample = true, Seed = unchecked(seed * 100_003 + index) }, cancellation);

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
