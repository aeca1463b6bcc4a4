using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Models.Text.Templates;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

public sealed class SnippetTests
{
    private const int AllSnippets = 106;

    [Fact]
    public void Every_snippet_renders_as_the_reference_does()
    {
        Assert.SkipWhen(GoldenTemplates.Folder is null, Repository.NoShared);
        var file = GoldenTemplates.Load("_jinja_snippets.json");
        var context = file.GetProperty("context").EnumerateObject().ToDictionary(field => field.Name, field => (object?)field.Value);
        var cases = file.GetProperty("cases").EnumerateArray().ToList();
        Assert.Equal(AllSnippets, cases.Count);
        Assert.Empty(cases.Select((snippet, index) => Problem(snippet, context) is { } problem ? $"snippet {index}: {problem}" : null).OfType<string>());
    }

    private static string? Problem(JsonElement snippet, Dictionary<string, object?> context)
    {
        var source = snippet.GetProperty("template").GetString()!;
        var expected = snippet.TryGetProperty("rendered", out var rendered) ? rendered.GetString()! : null;
        try
        {
            var actual = ChatTemplate.Parse(source).Run(context, GoldenTemplates.Clock, TemplateLimits.Default).Text;
            return actual == expected ? null : $"{source} {GoldenTemplates.Difference(expected ?? "an error", actual)}";
        }
        catch (ChatTemplateException error)
        {
            if (expected is not null) return $"{source} refused: {error.Message}";
            // The texts of syntax errors are our own; all others are the reference's.
            return error.Kind == ChatTemplateErrorKind.Syntax || error.Problem == snippet.GetProperty("error").GetString()
                ? null
                : $"{source} {GoldenTemplates.Difference(snippet.GetProperty("error").GetString()!, error.Problem)}";
        }
    }
}
