using System.Globalization;
using System.Numerics;
using Trimtab.Models.Text.Templates.Filters;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>
/// Reads expressions by recursive descent, one method for each level of precedence, weakest first. Jinja's own levels: <c>~</c> binds
/// tighter than <c>+</c>, filters tighter than every operator, and a sign binds tighter than <c>**</c>.
/// </summary>
internal sealed class ExpressionParser(TokenStream tokens, Nesting nesting)
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
        var parameters = new List<(string Name, Expression? Default)>();
        tokens.ExpectOperator("(");
        while (!tokens.IsOperator(")"))
        {
            if (parameters.Count > 0) tokens.ExpectOperator(",");
            var line = tokens.Current.Line;
            var name = tokens.ExpectIdentifier();
            var absent = tokens.SkipOperator("=") ? Parse() : null;
            if (absent is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw Fault.Syntax("non-default argument follows default argument", line);
            if (parameters.Any(other => other.Name == name)) throw Fault.Syntax($"the parameter '{name}' occurs twice", line);
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

    private Expression Primary()
    {
        var token = tokens.Current;
        switch (token)
        {
            case { Kind: TokenKind.Name }: return Name();
            case { Kind: TokenKind.String }: return Text();
            case { Kind: TokenKind.Integer }: return new Literal(Integer(tokens.Take()), token.Line);
            case { Kind: TokenKind.Float }:
                return new Literal(new FloatValue(double.Parse(tokens.Take().Text, CultureInfo.InvariantCulture)), token.Line);
            case { Kind: TokenKind.Operator, Text: "(" }:
                tokens.Take();
                var inner = Tuple(Parse, mayBeEmpty: true, end: null);
                tokens.ExpectOperator(")");
                return inner;
            case { Kind: TokenKind.Operator, Text: "[" }: return List();
            case { Kind: TokenKind.Operator, Text: "{" }: return Dict();
            default: throw Fault.Syntax($"unexpected {token.Describe()}, expected an expression", token.Line);
        }
    }

    private Expression Name()
    {
        var token = tokens.Take();
        if (Keyword(token.Text) is { } constant) return new Literal(constant, token.Line);
        if (token.Text is "caller" or "varargs" or "kwargs")
            foreach (var macro in _macros) macro.Add(token.Text);
        return new Variable(token.Text, token.Line);
    }

    private static Value? Keyword(string name) => name switch
    {
        "true" or "True" => BoolValue.True,
        "false" or "False" => BoolValue.False,
        "none" or "None" => NoneValue.Instance,
        _ => null,
    };

    private Literal Text()
    {
        var token = tokens.Take();
        var text = token.Text;
        while (tokens.Current.Kind == TokenKind.String) text += tokens.Take().Text;
        return new Literal(new StringValue(text), token.Line);
    }

    private static IntValue Integer(Token token)
    {
        if (token.Text.Length > TemplateLimits.MaxIntegerBits / 4) throw Fault.Syntax("an integer has too many digits", token.Line);
        return new IntValue((token.Text.Length > 1 ? char.ToLowerInvariant(token.Text[1]) : ' ') switch
        {
            'x' => BigInteger.Parse("0" + token.Text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            'b' => BigInteger.Parse("0" + token.Text[2..], NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture),
            'o' => token.Text[2..].Aggregate(BigInteger.Zero, (number, digit) => number * 8 + (digit - '0')),
            _ => BigInteger.Parse(token.Text, CultureInfo.InvariantCulture),
        });
    }

    private ListOf List()
    {
        var (line, items) = (tokens.Take().Line, new List<Expression>());
        while (!tokens.IsOperator("]"))
        {
            items.Add(Parse());
            if (!tokens.SkipOperator(",")) break;
        }
        tokens.ExpectOperator("]");
        return new ListOf(items, line);
    }

    private DictOf Dict()
    {
        var (line, entries) = (tokens.Take().Line, new List<(Expression Key, Expression Value)>());
        while (!tokens.IsOperator("}"))
        {
            var key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
            if (!tokens.SkipOperator(",")) break;
        }
        tokens.ExpectOperator("}");
        return new DictOf(entries, line);
    }

    private Expression Postfix(Expression target, ref int levels)
    {
        while (tokens.IsOperator(".") || tokens.IsOperator("[") || tokens.IsOperator("("))
        {
            Deepen(ref levels);
            target = tokens.IsOperator("(") ? new Call(target, Arguments(), tokens.Current.Line)
                : tokens.IsOperator(".") ? Attribute(target)
                : Item(target);
        }
        return target;
    }

    private Expression Attribute(Expression target)
    {
        var line = tokens.Take().Line;
        var name = tokens.Take();
        return name.Kind switch
        {
            TokenKind.Name => new AttributeOf(target, name.Text, line),
            TokenKind.Integer => new ItemOf(target, new Literal(Integer(name), name.Line), line),
            _ => throw Fault.Syntax($"unexpected {name.Describe()}, expected a name or number after '.'", name.Line),
        };
    }

    private ItemOf Item(Expression target)
    {
        var (line, keys) = (tokens.Take().Line, new List<Expression>());
        do keys.Add(Key());
        while (tokens.SkipOperator(","));
        tokens.ExpectOperator("]");
        return new ItemOf(target, keys.Count == 1 ? keys[0] : new TupleOf(keys, line), line);
    }

    private Expression Key()
    {
        var line = tokens.Current.Line;
        var start = tokens.IsOperator(":") ? NoBound : Parse();
        if (!tokens.SkipOperator(":")) return start;
        var stop = Bound();
        var step = tokens.SkipOperator(":") ? Bound() : NoBound;
        return new Slice(start, stop, step, line);

        Expression Bound() => tokens.IsOperator(":") || tokens.IsOperator("]") || tokens.IsOperator(",") ? NoBound : Parse();
    }

    private Expression FiltersAndTests(Expression input, ref int levels)
    {
        while (tokens.IsOperator("|") || tokens.IsName("is") || tokens.IsOperator("("))
        {
            Deepen(ref levels);
            if (tokens.SkipOperator("|")) input = Filter(input);
            else if (tokens.IsName("is")) input = Test(input);
            else input = new Call(input, Arguments(), tokens.Current.Line);
        }
        return input;
    }

    private FilterCall Filter(Expression? input)
    {
        var line = tokens.Current.Line;
        var name = DottedName();
        if (_conditions == 0 && !FilterTable.Contains(name)) _unknown.Add(Fault.Syntax($"no filter is named '{name}'", line));
        return new FilterCall(input, name, tokens.IsOperator("(") ? Arguments() : CallArguments.None, line);
    }

    private Expression Test(Expression input)
    {
        var line = tokens.Take().Line;
        var negated = tokens.SkipName("not");
        var name = DottedName();
        if (_conditions == 0 && !TestTable.Contains(name)) _unknown.Add(Fault.Syntax($"no test is named '{name}'", line));
        var test = new TestCall(input, name, tokens.IsOperator("(") ? Arguments() : Operand(), line);
        return negated ? new Not(test, line) : test;
    }

    // A test may take one argument without parentheses: x is divisibleby 3.
    private CallArguments Operand()
    {
        var isOperand = tokens.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float
            || tokens.IsOperator("[") || tokens.IsOperator("{");
        if (!isOperand || tokens.IsName("else") || tokens.IsName("or") || tokens.IsName("and")) return CallArguments.None;
        if (tokens.IsName("is")) throw Fault.Syntax("tests cannot be chained with 'is'", tokens.Current.Line);
        var levels = 0;
        var operand = Postfix(Primary(), ref levels);
        nesting.Leave(levels);
        return CallArguments.None with { Positional = [operand] };
    }

    private string DottedName()
    {
        var name = tokens.ExpectIdentifier();
        while (tokens.SkipOperator(".")) name += "." + tokens.ExpectIdentifier();
        return name;
    }

    private CallArguments Arguments()
    {
        var line = tokens.Take().Line;
        var (positional, named) = (new List<Expression>(), new List<(string Name, Expression Value)>());
        Expression? spread = null, spreadNamed = null;
        while (!tokens.IsOperator(")"))
        {
            var ordered = true;
            if (tokens.SkipOperator("**")) (ordered, spreadNamed) = (spreadNamed is null, Parse());
            else if (tokens.SkipOperator("*")) (ordered, spread) = (spread is null && spreadNamed is null, Parse());
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Next.Is(TokenKind.Operator, "=")) ordered = Named(named) && spreadNamed is null;
            else
            {
                positional.Add(Parse());
                ordered = spread is null && spreadNamed is null && named.Count == 0;
            }
            if (!ordered) throw Fault.Syntax("the arguments of a call are out of order", line);
            if (!tokens.SkipOperator(",")) break;
        }
        tokens.ExpectOperator(")");
        return new CallArguments(positional, named, spread, spreadNamed);
    }

    private bool Named(List<(string Name, Expression Value)> named)
    {
        var name = tokens.Take();
        tokens.Take();
        if (named.Any(other => other.Name == name.Text)) throw Fault.Syntax($"the argument '{name.Text}' occurs twice", name.Line);
        named.Add((name.Text, Parse()));
        return true;
    }
}
