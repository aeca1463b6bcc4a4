using System.Globalization;
using System.Numerics;
using System.Text;
using Trimtab.Models.Text.Templates.Filters;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>The half of the parser that reads what operators join: names, literals, and the calls, keys and filters behind.</summary>
internal sealed partial class ExpressionParser
{
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
        var line = tokens.Current.Line;
        var text = new StringBuilder();
        while (tokens.Current.Kind == TokenKind.String) text.Append(tokens.Take().Text);
        return new Literal(new StringValue(text.ToString()), line);
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
        var parts = new List<string> { tokens.ExpectIdentifier() };
        while (tokens.SkipOperator(".")) parts.Add(tokens.ExpectIdentifier());
        return string.Join('.', parts);
    }

    private CallArguments Arguments()
    {
        var line = tokens.Take().Line;
        var (positional, named, names) = (new List<Expression>(), new List<(string Name, Expression Value)>(), new HashSet<string>());
        Expression? spread = null, spreadNamed = null;
        while (!tokens.IsOperator(")"))
        {
            var ordered = true;
            if (tokens.SkipOperator("**")) (ordered, spreadNamed) = (spreadNamed is null, Parse());
            else if (tokens.SkipOperator("*")) (ordered, spread) = (spread is null && spreadNamed is null, Parse());
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Next.Is(TokenKind.Operator, "="))
            {
                named.Add(Named(names));
                ordered = spreadNamed is null;
            }
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

    private (string Name, Expression Value) Named(HashSet<string> before)
    {
        var name = tokens.Take();
        tokens.Take();
        if (!before.Add(name.Text)) throw Fault.Syntax($"the argument '{name.Text}' occurs twice", name.Line);
        return (name.Text, Parse());
    }
}
