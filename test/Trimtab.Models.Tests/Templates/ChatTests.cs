using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

public sealed class ChatTests
{
    [Fact]
    public void A_longer_chat_leaves_the_shorter_one_alone()
    {
        var first = Chat.System("Be kind.");
        var second = first.WithUser("Hi").WithAssistant("Hello").WithSystem("Be brief.");
        Assert.Single(first);
        Assert.Equal(["system", "user", "assistant", "system"], second.Select(message => message.Role));
        Assert.Equal("Hello", second[2].Content);
    }

    [Fact]
    public void All_fields_of_a_message_pass_through_in_their_order()
    {
        var chat = Chat.FromJson("""[{"content": null, "role": "assistant", "tool_calls": [{"function": {"arguments": {"x": 1.0}}}]}]""");
        Assert.Equal("", chat[0].Content);
        Assert.Equal(
            """{"content": null, "role": "assistant", "tool_calls": [{"function": {"arguments": {"x": 1.0}}}]}""",
            ChatTemplate.Parse("{{ messages[0]|tojson }}").Render(chat));
    }

    [Fact]
    public void Content_in_parts_reads_as_their_text()
    {
        var chat = Chat.FromJson("""[{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}]""");
        Assert.Equal("ab", chat[0].Content);
    }

    [Fact]
    public void A_field_can_be_added_to_a_message()
    {
        var message = new ChatMessage("assistant", "4").With("reasoning_content", "2 + 2");
        Assert.Equal("2 + 2|4", ChatTemplate.Parse("{{ messages[0].reasoning_content }}|{{ messages[0].content }}").Render(new Chat(message)));
        Assert.Equal("5", message.With("content", "5").Content);
    }

    [Fact]
    public void Messages_are_equal_when_they_say_the_same()
    {
        const string json = """[{"role": "user", "content": "a", "parts": [1, {"b": 2}]}]""";
        Assert.Equal(Chat.FromJson(json)[0], Chat.FromJson(json.Replace("[1, ", "[1,  ", StringComparison.Ordinal))[0]);
        Assert.NotEqual(Chat.FromJson(json)[0], new ChatMessage("user", "a"));
        Assert.Equal(new ChatMessage("user", "a"), Chat.FromJson("""[{"role": "user", "content": "a"}]""")[0]);
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("{}", "array")]
    [InlineData("[1]", "object")]
    [InlineData("[{\"content\": \"x\"}]", "role")]
    [InlineData("[{\"role\": 5}]", "role")]
    [InlineData("[{\"role\": \"user\", \"content\": \"\\ud800\"}]", "surrogate")]
    public void What_is_no_chat_is_refused_by_name(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => Chat.FromJson(json)).Message, StringComparison.Ordinal);
}
