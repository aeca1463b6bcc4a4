using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>
/// Reads expressions by recursive descent, one method for each level of precedence, weakest first. Jinja's own levels: <c>~</c> binds
/// tighter than <c>+</c>, filters tighter than every operator, and a sign binds tighter than <c>**</c>.
/// </summary>
internal sealed partial class ExpressionParser(TokenStream tokens, Nesting nesting)
{
    private static readonly Literal NoBound = new(NoneValue.Instance, 0);
    private readonly Stack<HashSet<string>> _macros = new();
    private readonly List<ChatTemplateException> _unknown = [];
    private int _conditions;

    /// <summary>An expression, or a tuple where commas follow it.</summary>
    /// <param name="allowConditional">False where an <c>if</c> belongs to the statement around.</param>
    /// <param name="end">A keyword that ends the expression.</param>
    public Expression ParseTuple(bool allowConditional = true, string? end = null) =>
        Tuple(() => allowConditional ? Parse() : Or(), mayBeEmpty: false, end);

    /// <summary>An expression.</summary>
    public Expression Parse()
    {
        nesting.Enter(tokens.Current);
        var known = _unknown.Count;
        var (result, levels) = (Or(), 0);
        while (tokens.IsName("if"))
        {
            Deepen(ref levels);
            var line = tokens.Take().Line;
            // What a condition guards may name filters that other engines have: it is looked up when it is reached.
            _unknown.RemoveRange(known, _unknown.Count - known);
            _conditions++;
            var test = Or();
            var otherwise = tokens.SkipName("else") ? Parse() : null;
            _conditions--;
            result = new Conditional(test, result, otherwise, line);
        }
        nesting.Leave(levels + 1);
        return result;
    }

    /// <summary>Where an assignment writes: a name, a tuple of them, or (for <c>set</c>) an attribute of a namespace.</summary>
    public Expression ParseTarget(bool withNamespace = false, string? end = null) =>
        Tuple(() => TargetPart(withNamespace), mayBeEmpty: false, end);

    /// <summary>The filters of a block: <c>upper | trim</c>, beginning at a bar or (for <c>filter</c>) at a name.</summary>
    public FilterCall? ParseBlockFilters(bool startsAtName)
    {
        FilterCall? filter = null;
        var levels = 0;
        while (startsAtName || tokens.SkipOperator("|"))
        {
            Deepen(ref levels);
            filter = Filter(filter);
            startsAtName = false;
        }
        nesting.Leave(levels);
        return filter;
    }

    /// <summary>Reads parameters in parentheses, with their defaults.</summary>
    public List<(string Name, Expression? Default)> ParseParameters()
    {
        var (parameters, names) = (new List<(string Name, Expression? Default)>(), new HashSet<string>());
        tokens.ExpectOperator("(");
        while (!tokens.IsOperator(")"))
        {
            if (parameters.Count > 0) tokens.ExpectOperator(",");
            var line = tokens.Current.Line;
            var name = tokens.ExpectIdentifier();
            var absent = tokens.SkipOperator("=") ? Parse() : null;
            if (absent is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw Fault.Syntax("non-default argument follows default argument", line);
            if (!names.Add(name)) throw Fault.Syntax($"the parameter '{name}' occurs twice", line);
            parameters.Add((name, absent));
        }
        tokens.ExpectOperator(")");
        return parameters;
    }

    /// <summary>Begins a macro: until <see cref="LeaveMacro"/> the special names it mentions are noted.</summary>
    public void EnterMacro() => _macros.Push([]);

    /// <summary>Ends a macro, and says which of caller, varargs and kwargs it mentioned.</summary>
    public IReadOnlySet<string> LeaveMacro() => _macros.Pop();

    /// <summary>Begins what a condition guards, where unknown filters and tests are errors only when reached.</summary>
    public void EnterCondition() => _conditions++;

    /// <summary>Ends what a condition guards.</summary>
    public void LeaveCondition() => _conditions--;

    /// <summary>Throws the first filter or test that does not exist, and that every rendering would reach.</summary>
    public void CheckNames()
    {
        if (_unknown.Count > 0) throw _unknown[0];
    }

    private void Deepen(ref int levels)
    {
        nesting.Enter(tokens.Current);
        levels++;
    }

    private Expression TargetPart(bool withNamespace)
    {
        if (tokens.IsOperator("("))
        {
            nesting.Enter(tokens.Take());
            var inner = Tuple(() => TargetPart(withNamespace), mayBeEmpty: false, end: null);
            tokens.ExpectOperator(")");
            nesting.Leave();
            return inner;
        }
        var (line, name) = (tokens.Current.Line, tokens.ExpectIdentifier());
        if (withNamespace && tokens.SkipOperator(".")) return new NamespaceTarget(name, tokens.ExpectIdentifier(), line);
        return Keyword(name) is null ? new Variable(name, line) : throw Fault.Syntax($"can't assign to '{name}'", line);
    }

    private Expression Tuple(Func<Expression> part, bool mayBeEmpty, string? end)
    {
        var line = tokens.Current.Line;
        var (items, isTuple) = (new List<Expression>(), false);
        while (!AtTupleEnd(end))
        {
            items.Add(part());
            if (!tokens.SkipOperator(",")) break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1) return items[0];
        if (!isTuple && !mayBeEmpty) throw tokens.Unexpected("an expression");
        return new TupleOf(items, line);
    }

    private bool AtTupleEnd(string? end) => tokens.Current.Kind is TokenKind.PrintEnd or TokenKind.BlockEnd
        || tokens.IsOperator(")") || (end is not null && tokens.IsName(end));

    private Expression Or() => Chain(And, "or", (left, right, line) => new Logical(false, left, right, line));

    private Expression And() => Chain(Negation, "and", (left, right, line) => new Logical(true, left, right, line));

    private Expression Chain(Func<Expression> part, string word, Func<Expression, Expression, int, Expression> make)
    {
        var (left, levels) = (part(), 0);
        while (tokens.IsName(word))
        {
            Deepen(ref levels);
            var line = tokens.Take().Line;
            left = make(left, part(), line);
        }
        nesting.Leave(levels);
        return left;
    }

    private Expression Negation()
    {
        if (!tokens.IsName("not")) return Comparison();
        nesting.Enter(tokens.Current);
        var line = tokens.Take().Line;
        var result = new Not(Negation(), line);
        nesting.Leave();
        return result;
    }

    private Expression Comparison()
    {
        var (line, first) = (tokens.Current.Line, Sum());
        var rest = new List<(string Symbol, Expression Right)>();
        while (ComparisonSign() is { } sign) rest.Add((sign, Sum()));
        return rest.Count == 0 ? first : new Compared(first, rest, line);
    }

    private string? ComparisonSign()
    {
        if (tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }) return tokens.Take().Text;
        if (tokens.SkipName("in")) return "in";
        if (!tokens.IsName("not") || !tokens.Next.Is(TokenKind.Name, "in")) return null;
        tokens.Take();
        tokens.Take();
        return "not in";
    }

    private Expression Sum() => Chain(Concatenated, "+", "-");

    private Expression Concatenated()
    {
        var line = tokens.Current.Line;
        var parts = new List<Expression> { Product() };
        while (tokens.SkipOperator("~")) parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new Concatenation(parts, line);
    }

    private Expression Product() => Chain(Power, "*", "/", "//", "%");

    private Expression Power() => Chain(() => Signed(), "**");

    private Expression Chain(Func<Expression> part, params ReadOnlySpan<string> signs)
    {
        var (left, levels) = (part(), 0);
        while (tokens.Current.Kind == TokenKind.Operator && signs.Contains(tokens.Current.Text))
        {
            Deepen(ref levels);
            var sign = tokens.Take();
            left = new Binary(sign.Text, left, part(), sign.Line);
        }
        nesting.Leave(levels);
        return left;
    }

    private Expression Signed(bool withFilters = true)
    {
        var (token, levels) = (tokens.Current, 0);
        Expression result;
        if (tokens.IsOperator("-") || tokens.IsOperator("+"))
        {
            Deepen(ref levels);
            tokens.Take();
            result = new Unary(token.Text == "-", Signed(withFilters: false), token.Line);
        }
        else
        {
            result = Primary();
        }
        result = Postfix(result, ref levels);
        if (withFilters) result = FiltersAndTests(result, ref levels);
        nesting.Leave(levels);
        return result;
    }
}
