using System.Text.Json;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

public sealed class ChatTemplateTests
{
    private static readonly ChatTemplate ChatMl = ChatTemplate.Parse(
        "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}");

    private static readonly Dictionary<string, string> Tokens = new() { ["eos_token"] = "</s>" };

    [Fact]
    public void A_generation_prompt_is_added_when_asked_for()
    {
        var chat = Chat.System("Be kind.").WithUser("Hi");
        var options = new ChatTemplateOptions { SpecialTokens = Tokens };
        Assert.Equal("<|system|>Be kind.</s><|user|>Hi</s>", ChatMl.Render(chat, options));
        Assert.Equal("<|system|>Be kind.</s><|user|>Hi</s><|assistant|>", ChatMl.Render(chat, options with { AddGenerationPrompt = true }));
    }

    [Fact]
    public void A_special_token_that_is_absent_is_undefined()
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatMl.Render(Chat.User("Hi")));
        Assert.Equal((ChatTemplateErrorKind.Undefined, "'eos_token' is undefined"), (error.Kind, error.Problem));
    }

    [Theory]
    [InlineData("I am", "<|user|>Hi</s><|assistant|>I am")]
    [InlineData("I am ", "<|user|>Hi</s><|assistant|>I am ")]
    [InlineData(" I am", "<|user|>Hi</s><|assistant|> I am")]
    [InlineData("Hi", "<|user|>Hi</s><|assistant|>Hi")]
    public void The_final_message_is_left_open_to_be_continued(string words, string expected)
    {
        var options = new ChatTemplateOptions { SpecialTokens = Tokens, ContinueFinalMessage = true };
        Assert.Equal(expected, ChatMl.Render(Chat.User("Hi").WithAssistant(words), options));
    }

    [Fact]
    public void A_template_that_trims_the_final_message_continues_behind_the_trimmed_words()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}[{{ m.content|trim }}]{% endfor %}");
        Assert.Equal("[Hi][I am", template.Render(Chat.User("Hi").WithAssistant("I am "), new ChatTemplateOptions { ContinueFinalMessage = true }));
    }

    [Fact]
    public void A_final_message_that_is_not_printed_cannot_be_continued()
    {
        var template = ChatTemplate.Parse("{{ messages[0].content }}");
        var options = new ChatTemplateOptions { ContinueFinalMessage = true };
        Assert.Contains("final message", Assert.Throws<ChatTemplateException>(() => template.Render(Chat.User("Hi").WithAssistant("I"), options)).Message, StringComparison.Ordinal);
        Assert.Contains("no final message", Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("x").Render(Chat.Empty, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Continuing_and_beginning_a_message_exclude_each_other()
    {
        var options = new ChatTemplateOptions { AddGenerationPrompt = true, ContinueFinalMessage = true };
        Assert.Throws<ArgumentException>(() => ChatMl.Render(Chat.User("Hi"), options));
    }

    [Fact]
    public void Generation_blocks_say_where_the_assistant_speaks()
    {
        var template = ChatTemplate.Parse(
            "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}.{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}");
        var chat = Chat.User("Hi").WithAssistant("Hello").WithUser("Bye").WithAssistant("Good bye");
        var rendered = template.RenderWithSpans(chat);
        Assert.Equal(["Hello.", "Good bye."], rendered.AssistantSpans.Select(span => rendered.Text[span]));
        Assert.Equal(template.Render(chat), rendered.Text);

        var open = template.RenderWithSpans(chat, new ChatTemplateOptions { ContinueFinalMessage = true });
        Assert.Equal(["Hello.", "Good bye"], open.AssistantSpans.Select(span => open.Text[span]));
        Assert.Empty(ChatMl.RenderWithSpans(Chat.Empty).AssistantSpans);
    }

    [Fact]
    public void A_generation_block_whose_place_is_unknown_is_refused_only_when_places_are_asked_for()
    {
        var template = ChatTemplate.Parse("{% macro m() %}{% generation %}x{% endgeneration %}{% endmacro %}{{ m() }}");
        Assert.Equal("x", template.Render(Chat.Empty));
        Assert.Throws<ChatTemplateException>(() => template.RenderWithSpans(Chat.Empty));
    }

    [Fact]
    public void Variables_of_every_kind_reach_the_template()
    {
        using var json = JsonDocument.Parse("""{"b": [1, 2.0, null, true]}""");
        var options = new ChatTemplateOptions
        {
            Tools = json.RootElement,
            Variables = new Dictionary<string, object?>
            {
                ["flag"] = false, ["count"] = 3, ["ratio"] = 0.5, ["nothing"] = null, ["names"] = new[] { "x", "y" },
                ["map"] = new Dictionary<string, int> { ["k"] = 1 }, ["node"] = System.Text.Json.Nodes.JsonNode.Parse("{\"z\": [1]}"),
            },
        };
        var template = ChatTemplate.Parse("{{ [flag, count, ratio, nothing, names, map, node, tools, documents] }}");
        Assert.Equal("[False, 3, 0.5, None, ['x', 'y'], {'k': 1}, {'z': [1]}, {'b': [1, 2.0, None, True]}, None]", template.Render(Chat.Empty, options));
        var unknown = new ChatTemplateOptions { Variables = new Dictionary<string, object?> { ["x"] = new Version(1, 0) } };
        Assert.Contains("Version", Assert.Throws<ArgumentException>(() => template.Render(Chat.Empty, unknown)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clock_is_the_callers()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y') }}");
        Assert.Equal("26 Jul 2024", template.Render(Chat.Empty, new ChatTemplateOptions { Clock = GoldenTemplates.Clock }));
    }

    [Fact]
    public void Errors_carry_the_templates_name_and_line()
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("a\n{% nope %}", "tokenizer_config.json"));
        Assert.Equal(("tokenizer_config.json", 2), (error.TemplateName, error.Line));
        Assert.Equal("Chat template 'tokenizer_config.json', line 2: unknown statement 'nope'", error.Message);
    }

    [Fact]
    public void A_template_renders_the_same_on_many_threads_at_once()
    {
        var template = ChatTemplate.Parse("{% set d = {'😀': 1} %}{% for m in messages %}{{ d['😀'] }}{{ '😀x'[1] }}{{ m.content }}{% endfor %}");
        var chat = new Chat(Enumerable.Range(0, 50).Select(i => new ChatMessage("user", $"{i};")));
        var expected = template.Render(chat);
        var results = new string[64];
        Parallel.For(0, results.Length, i => results[i] = template.Render(chat));
        Assert.All(results, result => Assert.Equal(expected, result));
    }
}
