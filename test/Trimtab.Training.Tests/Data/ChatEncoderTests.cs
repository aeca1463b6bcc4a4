using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Trimtab.Training.Data;
using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests.Data;

public sealed class ChatEncoderTests
{
    private const string Header = "{% for m in messages %}{{ '<|' + m.role + '|>' }}";
    private const string Prompt = "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    [Fact]
    public void Answers_and_their_ends_have_a_loss_and_nothing_else()
    {
        var text = Talk.Encoder.Encode(Talk.TwoAnswers);
        Assert.Equal(["In the harbour.<|end|>", "Follows.<|end|>"], Talk.Learned(text));
        Assert.Equal("<|system|>Be kind.<|end|><|user|>Where is the boat?<|end|><|assistant|>In the harbour.<|end|><|user|>And the wind?<|end|><|assistant|>Follows.<|end|>", Talk.Tokenizer.Decode(text.Ids));
        Assert.Equal(text.Ids.Length, text.HasLoss.Length);
    }

    [Fact]
    public void The_prompt_has_the_ids_that_generation_begins_with()
    {
        var text = Talk.Encoder.Encode(Talk.TwoAnswers);
        string prompt = ChatTemplate.Parse(ChatFormat.Template).Render(new Chat(Talk.TwoAnswers.Take(2)), new ChatTemplateOptions { AddGenerationPrompt = true });
        Assert.Equal(Talk.Tokenizer.Encode(prompt), text.Ids[..text.PromptLength]);
        Assert.True(text.HasLoss[text.PromptLength]);
    }

    [Fact]
    public void Templates_without_generation_blocks_give_the_same_text()
    {
        string unmarked = ChatFormat.Template.Replace("{% generation %}", "", StringComparison.Ordinal).Replace("{% endgeneration %}", "", StringComparison.Ordinal);
        var (marked, compared) = (Talk.Encoder.Encode(Talk.TwoAnswers), Talk.EncoderOf(unmarked).Encode(Talk.TwoAnswers));
        Assert.Equal(marked.Ids, compared.Ids);
        Assert.Equal(marked.HasLoss, compared.HasLoss);
        Assert.Equal(marked.PromptLength, compared.PromptLength);
    }

    [Fact]
    public void What_follows_the_last_answer_is_left_out()
    {
        var expected = Talk.Encoder.Encode(Talk.TwoAnswers);
        Assert.Equal(expected.Ids, Talk.Encoder.Encode(Talk.TwoAnswers.WithUser("And then?")).Ids);
    }

    [Fact]
    public void A_header_inside_of_a_generation_block_has_no_loss()
    {
        var encoder = Talk.EncoderOf("{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|assistant|>{{ m.content + '<|end|>' }}{% endgeneration %}"
            + "{% else %}<|user|>{{ m.content }}{% endif %}{% endfor %}" + Prompt);
        Assert.Equal(["In the harbour.<|end|>", "Follows.<|end|>"], Talk.Learned(encoder.Encode(Talk.TwoAnswers)));
    }

    // The header ends with one line end and the answer begins with another, which the tokenizer would make one token of.
    [Fact]
    public void An_answer_is_encoded_apart_from_a_prompt_that_it_would_join()
    {
        var encoder = Talk.EncoderOf("{% for m in messages %}{{ m.role + ':\n' + m.content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:\n' }}{% endif %}");
        var text = encoder.Encode(Chat.User("Hi").WithAssistant("\nboat").WithUser("Ho").WithAssistant("wind"));
        int[] prompt = Talk.Tokenizer.Encode("user:\nHi<|end|>assistant:\n"), whole = Talk.Tokenizer.Encode("user:\nHi<|end|>assistant:\n\nboat<|end|>user:\nHo<|end|>assistant:\nwind<|end|>");
        Assert.NotEqual(prompt, whole[..prompt.Length]);
        Assert.Equal(prompt, text.Ids[..text.PromptLength]);
        Assert.Equal(["\nboat<|end|>", "wind<|end|>"], Talk.Learned(text));
        Assert.Equal(Talk.Tokenizer.Decode(whole), Talk.Tokenizer.Decode(text.Ids));
    }

    [Fact]
    public void A_tokenizer_that_changes_an_answer_encoded_apart_is_refused()
    {
        // A space before every text: "b" alone is "▁b", and behind the prompt's own space there would be two.
        var spaced = Tokenizer.FromTokenizerJson("""
            {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "▁": 1, "▁A:": 2, "▁Q:": 3, "▁b": 4}}}
            """u8.ToArray());
        string template = "{% for m in messages %}{{ ('A: ' if m.role == 'assistant' else 'Q: ') + m.content + ' ' }}{% endfor %}{% if add_generation_prompt %}{{ 'A: ' }}{% endif %}";
        var error = Assert.Throws<FormatException>(() => Talk.EncoderOf(template, spaced).Encode(Chat.User("b").WithAssistant("b")));
        Assert.Contains("joins", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_closes_the_whole_text_by_an_end_token_keeps_all_answers()
    {
        var encoder = Talk.EncoderOf(Header + "{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% else %}{{ eos_token }}{% endif %}");
        var text = encoder.Encode(Talk.TwoAnswers);
        Assert.Equal(["In the harbour.\n", "Follows.\n<|end|>"], Talk.Learned(text));
        Assert.Single(text.Ids, id => id == Talk.Tokenizer.EosId);
    }

    [Fact]
    public void A_template_that_drops_earlier_thoughts_is_refused_where_the_chat_goes_on()
    {
        var encoder = Talk.EncoderOf(Header + "{{ m.content if loop.last or m.role == 'user' else m.content.split('</think>')[-1] }}<|end|>{% endfor %}" + Prompt);
        var once = Chat.User("Hi").WithAssistant("Hm.</think>boat");
        Assert.Equal(["Hm.</think>boat<|end|>"], Talk.Learned(encoder.Encode(once)));
        var error = Assert.Throws<FormatException>(() => encoder.Encode(once.WithUser("Ho").WithAssistant("wind")));
        Assert.Contains("message 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("earlier thoughts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_whose_prompt_opens_thoughts_that_the_answer_lacks_is_refused()
    {
        var encoder = Talk.EncoderOf(Header + "{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|><think>{% endif %}");
        var error = Assert.Throws<FormatException>(() => encoder.Encode(Chat.User("Hi").WithAssistant("boat")));
        Assert.Contains("message 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(["boat<|end|>"], Talk.Learned(encoder.Encode(Chat.User("Hi").WithAssistant("<think>boat"))));
    }

    [Theory]
    [InlineData("<|assistant|>")]
    [InlineData("")]
    public void A_template_that_ignores_the_generation_prompt_is_refused(string close)
    {
        var error = Assert.Throws<FormatException>(() => Talk.EncoderOf(Header + "{{ m.content }}<|end|>{% endfor %}" + close).Encode(Chat.User("Hi").WithAssistant("boat")));
        Assert.Contains("add_generation_prompt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_puts_the_header_of_an_answer_behind_every_question_is_used()
    {
        var encoder = Talk.EncoderOf("{% for m in messages %}{{ '<|user|>' + m.content + '<|end|><|assistant|>' if m.role == 'user' else m.content + '<|end|>' }}{% endfor %}");
        Assert.Equal(["In the harbour.<|end|>", "Follows.<|end|>"], Talk.Learned(encoder.Encode(new Chat(Talk.TwoAnswers.Skip(1)))));
    }

    [Fact]
    public void A_template_that_prints_or_marks_too_little_is_refused()
    {
        Assert.Contains("prints nothing", Refusal("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"), StringComparison.Ordinal);
        Assert.Contains("marks 1", Refusal(Header + "{% if loop.last %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}"), StringComparison.Ordinal);
        Assert.Contains("predicted", Refusal("{% for m in messages %}<|end|>{% endfor %}", Chat.Empty.WithAssistant("Hi")), StringComparison.Ordinal);
        Assert.Contains("assistant's", Refusal(ChatFormat.Template, Chat.User("Hi")), StringComparison.Ordinal);

        static string Refusal(string template, Chat? chat = null) => Assert.Throws<FormatException>(() => Talk.EncoderOf(template).Encode(chat ?? Talk.TwoAnswers)).Message;
    }

    [Fact]
    public void A_refusal_of_the_template_is_passed_on() =>
        Assert.Throws<ChatTemplateException>(() => Talk.Encoder.Encode(Chat.User("Hi").With(new ChatMessage("tool", "4")).WithAssistant("Ho")));

    [Fact]
    public void A_model_without_tokenizer_has_no_encoder() =>
        Assert.Throws<ModelFormatException>(() => ChatEncoder.Of(GoldenModel.Of("llama").Model));
}
