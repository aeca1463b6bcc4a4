using Trimtab.Models.Text;
using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests.Tokenizers;

public sealed class ChatFormatTests
{
    private static readonly ChatTemplate Template = ChatTemplate.Parse(ChatFormat.Template);
    private static readonly Chat Talk = Chat.System(" Be kind.\n").WithUser("\nHi\n\n").WithAssistant("Hello \n").WithUser("Bye").WithAssistant("\n");

    [Fact]
    public void A_chat_is_its_words_between_markers() => Assert.Equal(
        "<|system|> Be kind.\n<|end|><|user|>\nHi\n\n<|end|><|assistant|>Hello \n<|end|><|user|>Bye<|end|><|assistant|>\n<|end|>", Template.Render(Talk));

    [Fact]
    public void A_prompt_ends_with_the_assistants_marker()
    {
        Assert.Equal("<|user|>Hi<|end|><|assistant|>", Template.Render(Chat.User("Hi"), new ChatTemplateOptions { AddGenerationPrompt = true }));
        Assert.Equal("<|assistant|>", Template.Render(Chat.Empty, new ChatTemplateOptions { AddGenerationPrompt = true }));
    }

    [Fact]
    public void Generation_blocks_hold_answers_and_their_ends()
    {
        var rendered = Template.RenderWithSpans(Talk);
        Assert.Equal(["Hello \n<|end|>", "\n<|end|>"], rendered.AssistantSpans.Select(span => rendered.Text[span]));
    }

    [Fact]
    public void Other_roles_are_refused()
    {
        var error = Assert.Throws<ChatTemplateException>(() => Template.Render(Chat.User("Hi").With(new ChatMessage("tool", "4"))));
        Assert.Equal(ChatTemplateErrorKind.Raised, error.Kind);
        Assert.Contains("tool", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_marker_of_the_template_is_a_special_token()
    {
        string text = Template.Render(Talk, new ChatTemplateOptions { AddGenerationPrompt = true });
        var tokenizer = Corpus.Vocabulary.ToTokenizer(ChatFormat.Settings);
        Assert.Equal(11, tokenizer.Encode(text).Count(tokenizer.IsSpecial));
        Assert.DoesNotContain("|>", tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: true), StringComparison.Ordinal);
    }
}
