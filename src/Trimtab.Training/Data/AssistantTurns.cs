using Trimtab.Models.Text;

namespace Trimtab.Training.Data;

/// <summary>Finds what the assistant says in the text of a chat.</summary>
/// <param name="template">Makes the text.</param>
/// <param name="options">Without generation prompt.</param>
internal sealed class AssistantTurns(ChatTemplate template, ChatTemplateOptions options)
{
    private const string EndToken = "eos_token";

    /// <summary>The text of a chat to the end of its last answer, and the places of all answers in it, in order.</summary>
    public RenderedChat Find(Chat chat)
    {
        int[] answers = [.. chat.Index().Where(message => message.Item.IsAssistants).Select(message => message.Index)];
        if (answers.Length == 0)
            throw new FormatException("Chat: no message is the assistant's, so there is nothing to learn — at least one is needed.");
        var rendered = template.RenderWithSpans(chat, options);
        return rendered.AssistantSpans.Count > 0 ? Marked(chat, answers, rendered) : Compared(chat, answers);
    }

    /// <summary>The template's blocks. Some hold the answer's header as well: a block begins no earlier than the prompt that generation would see ends.</summary>
    private RenderedChat Marked(Chat chat, int[] answers, RenderedChat rendered)
    {
        Range[] blocks = [.. rendered.AssistantSpans.Where(block => block.Start.Value < block.End.Value)];
        if (blocks.Length < answers.Length)
            throw new FormatException($"Chat: the template marks {blocks.Length} answers with generation blocks, the chat has {answers.Length} — the others would not be learnt. "
                + "Shorten the chat to what the template shows.");
        int[] prompts = [.. answers.Select(answer => Prompt(chat, answer)).Where(prompt => rendered.Text.StartsWith(prompt, StringComparison.Ordinal)).Select(prompt => prompt.Length)];
        return new RenderedChat(rendered.Text[..blocks[^1].End], [.. blocks.Select(block => BeginOf(block)..block.End)]);

        int BeginOf(Range block) => prompts.FirstOrDefault(end => block.Start.Value < end && end < block.End.Value, block.Start.Value);
    }

    /// <summary>What each answer adds to its prompt; every text has to begin with the one before.</summary>
    private RenderedChat Compared(Chat chat, int[] answers)
    {
        string text = "";
        var turns = new List<Range>();
        foreach (int answer in answers)
        {
            string prompt = Prompt(chat, answer);
            if (turns.Count > 0 && !prompt.StartsWith(text, StringComparison.Ordinal))
                turns[^1] = turns[^1].Start..EndWithin(prompt, text, turns[^1].Start.Value, answer);
            text = template.Render(new Chat(chat.Take(answer + 1)), options);
            if (!text.StartsWith(prompt, StringComparison.Ordinal))
                throw Impossible(answer, "does not write the answer behind the prompt that generation would see (it may open thoughts there). "
                    + "Give the answer in the form that the template expects, or mark answers by generation blocks in the template");
            if (text.Length == prompt.Length)
                throw Impossible(answer, "prints nothing of the answer. Give it words");
            if (answer > 0 && template.Render(new Chat(chat.Take(answer)), options) == prompt && Tail(prompt, chat[answer - 1]) is { } tail && tail == Tail(text, chat[answer]))
                throw Impossible(answer, "prints the same with and without a generation prompt, so that the header of an answer cannot be told from the answer. "
                    + "Use a template that heeds add_generation_prompt");
            turns.Add(prompt.Length..text.Length);
        }
        return new RenderedChat(text, turns);
    }

    /// <summary>Where an answer ends in a chat that goes on. Some templates, such as Phi-3's, close a text by an end token that they leave away when it goes on.</summary>
    private int EndWithin(string prompt, string text, int start, int next)
    {
        string close = (options.Variables.GetValueOrDefault(EndToken) ?? options.SpecialTokens.GetValueOrDefault(EndToken)) as string ?? "";
        int end = text.Length - close.Length;
        return text.EndsWith(close, StringComparison.Ordinal) && end > start && prompt.StartsWith(text[..end], StringComparison.Ordinal) ? end
            : throw Impossible(next, "changes what came before when the chat goes on behind the answer before this one (it may drop earlier thoughts), "
                + "so that no one text holds both as the model saw them. Split the chat, one line for each answer");
    }

    // What a text has behind the words of its last message; null where they cannot be found. Templates that ignore the generation prompt may still say where an answer begins:
    // "[/INST]" follows questions alone. Where answers end as questions do, the header of an answer is either always there or never.
    private static string? Tail(string text, ChatMessage last)
    {
        string words = last.Content.Trim();
        int start = text.LastIndexOf(words, StringComparison.Ordinal);
        return start < 0 ? null : text[(start + words.Length)..];
    }

    /// <summary>The text after which generation would begin with a message.</summary>
    private string Prompt(Chat chat, int message) => template.Render(new Chat(chat.Take(message)), options with { AddGenerationPrompt = true });

    private FormatException Impossible(int message, string why) => new($"Chat: message {message + 1} — the template '{template.Name}' {why}.");
}
