using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Judges;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// Has a chat model write a system prompt that makes another model show a behaviour: the generated prompt that steering is compared with (AxBench, Wu et al. 2025, arXiv 2501.17148, section 5), and that a direction can be fitted to
/// (<see cref="Steering.ContrastSet.OfPrompt"/>).
/// </summary>
/// <param name="model">The model that writes.</param>
public sealed class PromptAuthor(IChatModel model)
{
    /// <summary>Tokens that a prompt needs at most.</summary>
    public const int AnswerTokens = 500;

    private const string Words = """
        Please write a system prompt for a chat model. Under it, every answer of the model should show this behaviour, whatever the user asks for:

        <BEHAVIOUR>

        Say plainly what the model is to do and keep doing, also where the question has nothing to do with it, and give one short example of a question and an answer that shows it. Write the prompt itself and nothing else.
        """;

    /// <summary>Writes a prompt.</summary>
    /// <param name="behaviour">A sentence that says what the model shall do.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The sentence is empty.</exception>
    /// <exception cref="FormatException">The model wrote nothing outside its thoughts.</exception>
    public async Task<string> Write(string behaviour, CancellationToken cancellation = default)
    {
        if (string.IsNullOrWhiteSpace(behaviour))
            throw new ArgumentException("Prompt author: no behaviour is given. Say in a sentence what the model shall do.", nameof(behaviour));
        string answer = await model.Answer(Chat.User(Words.Replace("<BEHAVIOUR>", behaviour.Trim(), StringComparison.Ordinal)), cancellation).ConfigureAwait(false);
        string prompt = Unfenced(AnswerText.Visible(answer));
        return prompt.Length > 0 ? prompt : throw new FormatException($"Prompt author: {model.Name} wrote no prompt. Try a larger model.");
    }

    private static string Unfenced(string text)
    {
        string[] lines = [.. text.Split('\n').Where(line => !line.TrimStart().StartsWith("```", StringComparison.Ordinal))];
        return string.Join('\n', lines).Trim();
    }
}
