using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>An expression and the line it begins on.</summary>
internal abstract record Expression(int Line);

/// <summary>A value written in the template.</summary>
internal sealed record Literal(Value Value, int Line) : Expression(Line);

/// <summary>A variable.</summary>
internal sealed record Variable(string Name, int Line) : Expression(Line);

/// <summary><c>target.name</c></summary>
internal sealed record AttributeOf(Expression Target, string Name, int Line) : Expression(Line);

/// <summary><c>target[key]</c></summary>
internal sealed record ItemOf(Expression Target, Expression Key, int Line) : Expression(Line);

/// <summary><c>start:stop:step</c> as a key; a missing part is the literal None.</summary>
internal sealed record Slice(Expression Start, Expression Stop, Expression Step, int Line) : Expression(Line);

/// <summary><c>target(arguments)</c></summary>
internal sealed record Call(Expression Target, CallArguments Arguments, int Line) : Expression(Line);

/// <summary><c>input|name(arguments)</c>; the input is null where a block's text takes its place.</summary>
internal sealed record FilterCall(Expression? Input, string Name, CallArguments Arguments, int Line) : Expression(Line);

/// <summary><c>input is name(arguments)</c></summary>
internal sealed record TestCall(Expression Input, string Name, CallArguments Arguments, int Line) : Expression(Line);

/// <summary><c>not operand</c></summary>
internal sealed record Not(Expression Operand, int Line) : Expression(Line);

/// <summary><c>+operand</c> or <c>-operand</c></summary>
internal sealed record Unary(bool Negative, Expression Operand, int Line) : Expression(Line);

/// <summary>Arithmetic.</summary>
internal sealed record Binary(string Symbol, Expression Left, Expression Right, int Line) : Expression(Line);

/// <summary><c>left and right</c>, or <c>or</c>: the result is one of the operands.</summary>
internal sealed record Logical(bool IsAnd, Expression Left, Expression Right, int Line) : Expression(Line);

/// <summary><c>first &lt; a == b …</c>: true if every neighbouring pair compares.</summary>
internal sealed record Compared(Expression First, IReadOnlyList<(string Symbol, Expression Right)> Rest, int Line) : Expression(Line);

/// <summary><c>a ~ b ~ c</c></summary>
internal sealed record Concatenation(IReadOnlyList<Expression> Parts, int Line) : Expression(Line);

/// <summary><c>then if test else otherwise</c>; without else it is undefined when the test fails.</summary>
internal sealed record Conditional(Expression Test, Expression Then, Expression? Otherwise, int Line) : Expression(Line);

/// <summary><c>(a, b)</c></summary>
internal sealed record TupleOf(IReadOnlyList<Expression> Items, int Line) : Expression(Line);

/// <summary><c>[a, b]</c></summary>
internal sealed record ListOf(IReadOnlyList<Expression> Items, int Line) : Expression(Line);

/// <summary><c>{a: b}</c></summary>
internal sealed record DictOf(IReadOnlyList<(Expression Key, Expression Value)> Entries, int Line) : Expression(Line);

/// <summary>Where <c>set ns.name</c> writes.</summary>
internal sealed record NamespaceTarget(string Name, string Attribute, int Line) : Expression(Line);

/// <summary>The arguments as written: positional, named, and what <c>*</c> and <c>**</c> spread.</summary>
internal sealed record CallArguments(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? SpreadNamed)
{
    public static CallArguments None { get; } = new([], [], null, null);
}
