using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Training.Data;

/// <summary>
/// Turns conversations into texts to train on. A loss stands on what the assistant says: the words of every answer and the tokens with which the template ends it, so that the
/// model learns to stop; never on what others say, or on the header of an answer. What follows the last answer is left out, since nothing is learnt from it.
/// </summary>
/// <remarks>
/// <para>
/// Answers are found by the template's <c>generation</c> blocks where it has them; they are taken at their word about where an answer ends. Elsewhere every answer is found by
/// rendering the chat up to it, with the header of an answer, and with it; what the second text has beyond the first is the answer.
/// </para>
/// <para>
/// The ids are those that generation meets: the text before an answer is encoded as a prompt is, and the answer's tokens follow it. Mostly they are the ids of the whole text.
/// Where the tokenizer would join the end of the prompt and the beginning of the answer into one token, which no generation can do, the answer is encoded by itself.
/// </para>
/// <para>
/// Templates that print the date, such as Llama 3.1's, make the ids depend on the day. Give such a template a fixed <see cref="ChatTemplateOptions.Clock"/>.
/// </para>
/// </remarks>
public sealed class ChatEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly AssistantTurns _turns;

    /// <summary>An encoder for a tokenizer and a template that belong together.</summary>
    /// <param name="tokenizer">Makes the ids.</param>
    /// <param name="template">Makes the text.</param>
    /// <param name="options">Tools, variables, clock and limits of the template; its generation prompt and special tokens are set here.</param>
    public ChatEncoder(Tokenizer tokenizer, ChatTemplate template, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        _tokenizer = tokenizer;
        _turns = new AssistantTurns(template, (options ?? ChatTemplateOptions.Default) with
        {
            AddGenerationPrompt = false,
            ContinueFinalMessage = false,
            SpecialTokens = Prompts.SpecialTokens(tokenizer),
        });
    }

    /// <summary>An encoder for a model's own tokenizer and template.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">As for the constructor.</param>
    /// <exception cref="ModelFormatException">The checkpoint lacks one of them.</exception>
    public static ChatEncoder Of(LoadedModel model, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var template = model.ChatTemplate
            ?? throw new ModelFormatException($"{model.Name}: this checkpoint has no chat template, so it cannot learn from chats. Put one into its folder (chat_template.jinja).");
        return new ChatEncoder(model.RequireTokenizer(), template, options);
    }

    /// <summary>A chat as tokens, those of the assistant's answers with a loss.</summary>
    /// <param name="chat">A chat with at least one answer.</param>
    /// <exception cref="FormatException">There is no answer, or template or tokenizer make it impossible to say which tokens are the answers'.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the chat.</exception>
    public LossText Encode(Chat chat)
    {
        ArgumentNullException.ThrowIfNull(chat);
        var (text, answers) = _turns.Find(chat);
        var ids = new List<int>();
        var hasLoss = new List<bool>();
        var (start, before) = (0, Array.Empty<int>());
        foreach (var (end, isAnswer) in Cuts(answers))
        {
            int[] upTo = _tokenizer.Encode(text[..end], addSpecialTokens: false);
            int[] added = upTo.AsSpan().StartsWith(before) ? upTo[before.Length..] : EncodeAlone(text[start..end], before, upTo);
            ids.AddRange(added);
            hasLoss.AddRange(Enumerable.Repeat(isAnswer, added.Length));
            (start, before) = (end, upTo);
        }
        var encoded = new LossText([.. ids], [.. hasLoss], Math.Max(0, hasLoss.IndexOf(true)));
        return encoded.LossCount > 0 ? encoded
            : throw new FormatException("Chat: no token of the answers can be predicted from another — the template prints nothing before them, or the tokenizer nothing of them. "
                + "Put a header before answers in the template.");
    }

    /// <summary>Where text and answers end, in turns.</summary>
    private static IEnumerable<(int End, bool IsAnswer)> Cuts(IEnumerable<Range> answers)
    {
        int end = 0;
        foreach (var answer in answers)
        {
            if (answer.Start.Value > end)
                yield return (answer.Start.Value, false);
            yield return (end = answer.End.Value, true);
        }
    }

    // Whether a stretch keeps its text when it is encoded by itself is the tokenizer's affair: some put a space before every text. The decoded whole tells.
    private int[] EncodeAlone(string stretch, int[] before, int[] whole)
    {
        int[] alone = _tokenizer.Encode(stretch, addSpecialTokens: false);
        return _tokenizer.Decode([.. before, .. alone]) == _tokenizer.Decode(whole) ? alone
            : throw new FormatException("Chat: the tokenizer joins what stands before and behind the border of an answer into one token, and changes the text where they are encoded "
                + "apart — such tokens never occur in generation. Use a template whose headers end with a special token or at the end of a word.");
    }
}
