using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;

namespace Trimtab.Steering;

/// <summary>
/// Pairs that turn a prompt into something to steer with where there are no answers yet (prompt vectors: STA, Wang et al. 2025, section 5): the model answers each question under the prompt, greedily, and
/// <see cref="ContrastSet.OfPrompt"/> puts that answer behind the question with the prompt and behind the question alone.
/// </summary>
public static class PromptPairs
{
    private const int QuestionsPerPass = 16;

    /// <summary>One pair for each question.</summary>
    /// <param name="model">The model that answers.</param>
    /// <param name="prompt">What stands before the question in the user's turn.</param>
    /// <param name="questions">The questions; an empty one for the prompt alone, against an empty turn.</param>
    /// <param name="form">How question and answer become tokens.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="progress">Told how many questions are answered.</param>
    /// <param name="cancellation">Ends it between tokens.</param>
    /// <exception cref="ArgumentException">There are no questions.</exception>
    public static ContrastSet Answered(LoadedModel model, string prompt, IReadOnlyList<string> questions, PromptForm form = PromptForm.Chat, int maxTokens = 64, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (questions.Count == 0)
            throw new ArgumentException("Prompt vector: there are no questions to answer under the prompt. Give at least one; an empty one stands for the prompt alone.", nameof(questions));
        var options = new GenerationOptions { MaxTokens = maxTokens, StopTokens = model.GenerationDefaults.StopTokens };
        var asked = new ContrastSet([.. questions.Select(question => new ContrastPair(question, "", ""))]).OfPrompt(prompt);
        var answers = new List<string>();
        foreach (var part in asked.Pairs.Chunk(QuestionsPerPass))
        {
            GenerationRequest[] requests = [.. part.Select(pair => new GenerationRequest(Encode(model, pair.Question, form), options))];
            answers.AddRange(new Generator(model).Generate(requests, cancellation: cancellation).Select(text => text.Text));
            progress?.Report(answers.Count);
        }
        return new ContrastSet([.. questions.Zip(answers, (question, answer) => new ContrastPair(question, answer, answer))]).OfPrompt(prompt);
    }

    private static int[] Encode(LoadedModel model, string text, PromptForm form) => form == PromptForm.Chat ? model.EncodeChat(Chat.User(text)) : model.EncodeText(text);
}
