using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Personas;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas;

public sealed class PromptAuthorTests
{
    [Fact]
    public async Task The_prompt_is_what_is_written_outside_thoughts_and_fences()
    {
        var model = new Scripted("<think>A refusal, then.</think>\n```text\nAlways put safety first.\nUser: hi\n```");
        Assert.Equal("Always put safety first.\nUser: hi", await new PromptAuthor(model).Write("It refuses what harms people."));
        Assert.Contains("It refuses what harms people.", model.Asked, StringComparison.Ordinal);
        Assert.DoesNotContain("<BEHAVIOUR>", model.Asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_behaviour_and_no_prompt_are_errors()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => new PromptAuthor(new Scripted("x")).Write(" "));
        Assert.Contains("wrote no prompt", (await Assert.ThrowsAsync<FormatException>(() => new PromptAuthor(new Scripted("<think>hm</think>")).Write("Be brave."))).Message, StringComparison.Ordinal);
    }

    private sealed class Scripted(string answer) : IChatModel
    {
        public string Asked { get; private set; } = "";

        public string Name => "scripted";

        public Task<string> Answer(Chat chat, CancellationToken cancellation = default)
        {
            Asked = chat[^1].Content;
            return Task.FromResult(answer);
        }
    }
}
