namespace Trimtab.Models.Text;

/// <summary>Texts and conversations as the tokens that a model was trained to continue.</summary>
public static class Prompts
{
    extension(LoadedModel model)
    {
        /// <summary>The tokenizer.</summary>
        /// <exception cref="ModelFormatException">The checkpoint has none.</exception>
        public Tokenizer RequireTokenizer() => model.Tokenizer
            ?? throw new ModelFormatException($"{model.Name}: this checkpoint has no tokenizer (tokenizer.json, tokenizer.model, or GGUF metadata). Give token ids instead of text.");

        /// <summary>A plain text with the special tokens that the model expects around one, such as the beginning-of-text token.</summary>
        public int[] EncodeText(string text) => model.RequireTokenizer().Encode(text);

        /// <summary>A conversation, rendered by the model's chat template and encoded as it stands: the template writes the special tokens itself.</summary>
        /// <param name="chat">The conversation.</param>
        /// <param name="addGenerationPrompt">End with the header of the assistant's next message.</param>
        /// <param name="options">Tools, variables and limits of the template; its generation prompt and special tokens are set here.</param>
        /// <exception cref="ModelFormatException">The checkpoint has no chat template.</exception>
        public int[] EncodeChat(Chat chat, bool addGenerationPrompt = true, ChatTemplateOptions? options = null)
        {
            if (model.ChatTemplate is null)
                throw new ModelFormatException($"{model.Name}: this checkpoint has no chat template, so it cannot hold a conversation. Give the text as it is (--raw on the command line).");
            var settings = (options ?? ChatTemplateOptions.Default) with { AddGenerationPrompt = addGenerationPrompt, SpecialTokens = SpecialTokens(model.RequireTokenizer()) };
            return model.RequireTokenizer().Encode(model.ChatTemplate.Render(chat, settings), addSpecialTokens: false);
        }
    }

    /// <summary>The texts of a tokenizer's special tokens by the names that templates call them: bos_token, eos_token, pad_token, unk_token.</summary>
    public static IReadOnlyDictionary<string, string> SpecialTokens(Tokenizer tokenizer)
    {
        var tokens = new Dictionary<string, string>();
        foreach (var (name, id) in (ReadOnlySpan<(string, int?)>)[("bos_token", tokenizer.BosId), ("eos_token", tokenizer.EosId), ("pad_token", tokenizer.PadId), ("unk_token", tokenizer.UnknownId)])
            if (id is { } present)
                tokens[name] = tokenizer.TokenText(present);
        return tokens;
    }
}
