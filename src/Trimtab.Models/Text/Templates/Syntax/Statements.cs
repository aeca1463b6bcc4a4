namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>A statement and the line it begins on.</summary>
internal abstract record Statement(int Line);

/// <summary>Text between tags.</summary>
internal sealed record Data(string Text, int Line) : Statement(Line);

/// <summary><c>{{ expression }}</c></summary>
internal sealed record Print(Expression Value, int Line) : Statement(Line);

/// <summary><c>if</c> with its <c>elif</c>s.</summary>
internal sealed record If(
    IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise, int Line)
    : Statement(Line);

/// <summary><c>for target in items if condition recursive</c></summary>
internal sealed record For(
    Expression Target, Expression Items, Expression? Condition, bool IsRecursive,
    IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise, int Line)
    : Statement(Line);

/// <summary><c>set target = value</c></summary>
internal sealed record Set(Expression Target, Expression Value, int Line) : Statement(Line);

/// <summary><c>set target | filter</c> … <c>endset</c></summary>
internal sealed record SetBlock(Expression Target, FilterCall? Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary>Parameters and body of a macro, or of what a <c>call</c> block passes as <c>caller</c>.</summary>
/// <param name="Name">Its name; null for a caller.</param>
/// <param name="Parameters">Names with their defaults.</param>
/// <param name="Body">What it prints.</param>
/// <param name="Specials">Which of the names caller, varargs and kwargs the body mentions: only those are accepted and set.</param>
internal sealed record MacroBody(
    string? Name,
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body,
    IReadOnlySet<string> Specials);

/// <summary><c>macro name(parameters)</c></summary>
internal sealed record Macro(string Name, MacroBody Body, int Line) : Statement(Line);

/// <summary><c>call(parameters) target(arguments)</c></summary>
internal sealed record CallBlock(Call Target, MacroBody Caller, int Line) : Statement(Line);

/// <summary><c>filter name</c></summary>
internal sealed record FilterBlock(FilterCall Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary><c>with a = 1, b = 2</c></summary>
internal sealed record With(IReadOnlyList<(Expression Target, Expression Value)> Bindings, IReadOnlyList<Statement> Body, int Line)
    : Statement(Line);

/// <summary><c>generation</c>: marks what the assistant has to produce.</summary>
internal sealed record GenerationBlock(IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary><c>block name</c>, printed where it stands. Unless scoped, it sees the variables of the top level only.</summary>
internal sealed record Block(string Name, bool IsScoped, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary><c>do expression</c></summary>
internal sealed record Do(Expression Value, int Line) : Statement(Line);

/// <summary><c>break</c></summary>
internal sealed record Break(int Line) : Statement(Line);

/// <summary><c>continue</c></summary>
internal sealed record Continue(int Line) : Statement(Line);
