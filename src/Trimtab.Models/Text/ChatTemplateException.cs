namespace Trimtab.Models.Text;

/// <summary>Why a chat template failed.</summary>
public enum ChatTemplateErrorKind
{
    /// <summary>The source is not a template: it does not parse, or names a statement, filter or test that does not exist.</summary>
    Syntax,

    /// <summary>The template itself refused the chat by calling <c>raise_exception</c>.</summary>
    Raised,

    /// <summary>The template used a variable, attribute or item that is not there.</summary>
    Undefined,

    /// <summary>The template applied an operation to values that do not support it.</summary>
    Runtime,

    /// <summary>The template exceeded one of the <see cref="Templates.TemplateLimits"/>.</summary>
    Limit,
}

/// <summary>A chat template could not be parsed, or could not be rendered for a chat.</summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(ChatTemplateErrorKind kind, string problem, string? templateName = null, int line = 0)
        : base(kind == ChatTemplateErrorKind.Raised ? problem : Describe(problem, templateName, line))
    {
        (Kind, Problem, TemplateName, Line) = (kind, problem, templateName ?? "", line);
    }

    /// <summary>Why the template failed.</summary>
    public ChatTemplateErrorKind Kind { get; }

    /// <summary>
    /// What went wrong, without the place. For <see cref="ChatTemplateErrorKind.Raised"/> it is the template's own text, and equals
    /// the message.
    /// </summary>
    public string Problem { get; }

    /// <summary>The name the template was parsed under.</summary>
    public string TemplateName { get; }

    /// <summary>The line of the template's source, counted from 1.</summary>
    public int Line { get; }

    /// <summary>The same error with its place: values know no lines, and lines know no names, so that both come later.</summary>
    internal ChatTemplateException At(string templateName, int line) => new(Kind, Problem, templateName, Line > 0 ? Line : line);

    private static string Describe(string problem, string? templateName, int line) =>
        templateName is null ? problem : $"Chat template '{templateName}', line {line}: {problem}";
}
