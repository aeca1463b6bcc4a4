namespace Trimtab.Models.Text.Templates;

/// <summary>
/// Makes the engine's one exception. The texts follow Python's and Jinja's, because the authors of templates know those by heart.
/// </summary>
internal static class Fault
{
    /// <summary>The source at a line is not a template.</summary>
    public static ChatTemplateException Syntax(string problem, int line) => new(ChatTemplateErrorKind.Syntax, problem, line: line);

    /// <summary>The template's own refusal.</summary>
    public static ChatTemplateException Raised(string problem) => new(ChatTemplateErrorKind.Raised, problem);

    /// <summary>Something that is not there was used.</summary>
    public static ChatTemplateException Undefined(string problem) => new(ChatTemplateErrorKind.Undefined, problem);

    /// <summary>An operation does not suit its values.</summary>
    public static ChatTemplateException Runtime(string problem) => new(ChatTemplateErrorKind.Runtime, problem);

    /// <summary>A limit was exceeded; <paramref name="limit"/> says which and how high it is.</summary>
    public static ChatTemplateException Limit(string limit) =>
        new(ChatTemplateErrorKind.Limit, $"the template exceeds a limit — {limit}. Raise TemplateLimits if it can be trusted.");
}
