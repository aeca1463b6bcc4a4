using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

public sealed class GoldenTemplateTests
{
    private const int AllRenderings = 3_044;
    private const int AllRefusals = 244;

    public static TheoryData<string> Files => GoldenTemplates.Names.Count > 0 ? [.. GoldenTemplates.Names] : ["absent"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_renders_byte_for_byte_or_is_refused(string file)
    {
        Assert.SkipWhen(GoldenTemplates.Folder is null, Repository.NoShared);
        var (problems, _, _) = Check(file);
        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    [Fact]
    public void All_renderings_and_all_refusals_of_the_folder_are_checked()
    {
        Assert.SkipWhen(GoldenTemplates.Folder is null, Repository.NoShared);
        var checks = GoldenTemplates.Names.Select(Check).ToList();
        Assert.Equal((AllRenderings, AllRefusals), (checks.Sum(check => check.Rendered), checks.Sum(check => check.Refused)));
        Assert.All(checks, check => Assert.Empty(check.Problems));
    }

    private static (List<string> Problems, int Rendered, int Refused) Check(string name)
    {
        var file = GoldenTemplates.Load(name);
        var template = ChatTemplate.Parse(file.GetProperty("template").GetString()!, name);
        var (problems, rendered, refused) = (new List<string>(), 0, 0);
        foreach (var @case in file.GetProperty("cases").EnumerateArray())
        {
            var isRendering = @case.TryGetProperty("rendered", out var expected);
            if (Problem(template, file, @case, isRendering ? expected.GetString() : null) is { } problem)
                problems.Add($"{name}, case {rendered + refused} ({@case.GetProperty("id").GetString()}): {problem}");
            (rendered, refused) = isRendering ? (rendered + 1, refused) : (rendered, refused + 1);
        }
        return (problems, rendered, refused);
    }

    // Null where the case comes out as it has to.
    private static string? Problem(ChatTemplate template, JsonElement file, JsonElement @case, string? expected)
    {
        string actual;
        try
        {
            actual = template.Render(Chat.FromJson(@case.GetProperty("messages")), GoldenTemplates.OptionsOf(file, @case));
        }
        catch (ChatTemplateException error)
        {
            return expected is not null ? $"refused: {error.Message}" : Refusal(error, @case);
        }
        if (expected is null) return $"rendered, but has to fail: {@case.GetProperty("error").GetString()}";
        return actual == expected ? null : GoldenTemplates.Difference(expected, actual);
    }

    private static string? Refusal(ChatTemplateException error, JsonElement @case)
    {
        if (@case.GetProperty("error_type").GetString() != "TemplateError") return null;
        var expected = @case.GetProperty("error").GetString()!;
        return error.Kind == ChatTemplateErrorKind.Raised && error.Message == expected ? null : GoldenTemplates.Difference(expected, error.Message);
    }
}
