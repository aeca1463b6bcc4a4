using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Steering;

/// <summary>A prompt and an answer as tokens.</summary>
/// <param name="Ids">All tokens.</param>
/// <param name="PromptLength">How many of them are the prompt.</param>
public sealed record EncodedExample(int[] Ids, int PromptLength);

/// <summary>How questions and answers become the tokens of an example.</summary>
public enum PromptForm
{
    /// <summary>By the model's chat template: the question as a user's message, the answer after the assistant's header.</summary>
    Chat,
    /// <summary>As plain text: the question, directly followed by the answer.</summary>
    Raw,
}

/// <summary>Encodes question and answer so that the prompt's tokens are exactly those that the model sees when it is asked.</summary>
public static class ExampleEncoder
{
    /// <summary>
    /// The example's tokens. The whole text is encoded at once; where a tokenizer merges across the border, the prompt counts up to the last token that
    /// both encodings share.
    /// </summary>
    public static EncodedExample Encode(LoadedModel model, string question, string answer, PromptForm form)
    {
        if (form == PromptForm.Chat)
            return Encode(model, Chat.User(question), answer);
        int[] alone = model.EncodeText(question), whole = model.EncodeText(question + answer);
        return new EncodedExample(whole, alone.AsSpan().CommonPrefixLength(whole));
    }

    /// <summary>The tokens of a conversation and of the assistant's answer to it. Words of the answer that look like special tokens are words.</summary>
    public static EncodedExample Encode(LoadedModel model, Chat conversation, string answer)
    {
        int[] prompt = model.EncodeChat(conversation), reply = model.RequireTokenizer().Encode(answer, addSpecialTokens: false, parseSpecialTokens: false);
        return new EncodedExample([.. prompt, .. reply], prompt.Length);
    }
}
