using Trimtab.Models.Text.Templates.Filters;
using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Syntax;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>The half of the interpreter that evaluates expressions.</summary>
internal sealed partial class Interpreter
{
    /// <summary>The value of an expression in the scope at hand.</summary>
    public Value Evaluate(Expression expression)
    {
        Budget.Step();
        Budget.GuardStack();
        return expression switch
        {
            Literal literal => literal.Value,
            Variable variable => Find(variable.Name) ?? UndefinedValue.Variable(variable.Name),
            AttributeOf attribute => Evaluate(attribute),
            ItemOf item => Evaluate(item),
            Slice slice => new SliceValue(Evaluate(slice.Start), Evaluate(slice.Stop), Evaluate(slice.Step)),
            Call call => Evaluate(call),
            FilterCall filter => Evaluate(filter, input: null),
            TestCall test => Evaluate(test),
            Not not => BoolValue.Of(!Evaluate(not.Operand).IsTrue),
            Unary sign => Evaluate(sign),
            Binary binary => Evaluate(binary),
            Logical logical => Evaluate(logical),
            Compared comparison => BoolValue.Of(Evaluate(comparison)),
            Concatenation parts => Evaluate(parts),
            Conditional choice => Evaluate(choice),
            TupleOf tuple => new TupleValue(Evaluate(tuple.Items)),
            ListOf list => new ListValue(Evaluate(list.Items)),
            DictOf dict => Evaluate(dict),
            _ => throw new InvalidOperationException($"Interpreter: no value for the node {expression.GetType().Name}. Add a case for it."),
        };
    }

    /// <summary>The value of <c>target.name</c>: attributes first, then items.</summary>
    public Value Attribute(Value target, string name)
    {
        var attribute = target.GetAttribute(name);
        if (attribute is not null && !name.StartsWith('_')) return attribute;
        var item = attribute is null ? target.GetItem(new StringValue(name), Budget) : null;
        return item ?? Missing(target, name, exists: attribute is not null);
    }

    /// <summary>The value of <c>target[key]</c>: items first, then attributes.</summary>
    public Value Item(Value target, Value key)
    {
        if (target.GetItem(key, Budget) is { } item) return item;
        if (key is SliceValue) throw Fault.Runtime($"'{target.TypeName}' object is not subscriptable");
        if (key is not StringValue name) return UndefinedValue.Member(target, key, Budget);
        var attribute = target.GetAttribute(name.Text);
        return attribute is null || name.Text.StartsWith('_') ? Missing(target, name.Text, attribute is not null) : attribute;
    }

    /// <summary>Calls a value.</summary>
    public Value Call(Value target, Arguments arguments)
    {
        Budget.GuardStack();
        return target switch
        {
            CallableValue callable => callable.Call(arguments, this),
            UndefinedValue missing => throw missing.Error(),
            _ => throw Fault.Runtime($"'{target.TypeName}' object is not callable"),
        };
    }

    // Names with underscores around them are Python's machinery: present there, closed to templates.
    private UndefinedValue Missing(Value target, string name, bool exists) =>
        exists || (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal))
            ? UndefinedValue.Closed(target, name)
            : UndefinedValue.Member(target, new StringValue(name), Budget);

    private Value? Find(string name) => _scope.Find(name);

    private List<Value> Evaluate(IReadOnlyList<Expression> expressions)
    {
        var values = new List<Value>(expressions.Count);
        foreach (var expression in expressions) values.Add(Evaluate(expression));
        return values;
    }

    private Value Evaluate(AttributeOf attribute)
    {
        var target = Evaluate(attribute.Target);
        Line = attribute.Line;
        return Attribute(target, attribute.Name);
    }

    private Value Evaluate(ItemOf item)
    {
        var (target, key) = (Evaluate(item.Target), Evaluate(item.Key));
        Line = item.Line;
        return Item(target, key);
    }

    private Value Evaluate(Call call)
    {
        var (target, arguments) = (Evaluate(call.Target), Evaluate(call.Arguments));
        Line = call.Line;
        return Call(target, arguments);
    }

    private Value Evaluate(FilterCall filter, Value? input)
    {
        // A block's text enters the innermost filter of its chain.
        var value = filter.Input is FilterCall inner ? Evaluate(inner, input) : filter.Input is null ? input! : Evaluate(filter.Input);
        var arguments = Evaluate(filter.Arguments);
        Line = filter.Line;
        return FilterTable.Apply(filter.Name, value, arguments, this);
    }

    private BoolValue Evaluate(TestCall test)
    {
        var (value, arguments) = (Evaluate(test.Input), Evaluate(test.Arguments));
        Line = test.Line;
        return BoolValue.Of(TestTable.Apply(test.Name, value, arguments, this));
    }

    private Value Evaluate(Unary sign)
    {
        var value = Evaluate(sign.Operand);
        Line = sign.Line;
        return sign.Negative ? Operators.Negate(value) : Operators.Plus(value);
    }

    private Value Evaluate(Binary binary)
    {
        var (left, right) = (Evaluate(binary.Left), Evaluate(binary.Right));
        Line = binary.Line;
        return Operators.Apply(binary.Symbol, left, right, Budget);
    }

    private Value Evaluate(Logical logical)
    {
        var left = Evaluate(logical.Left);
        return left.IsTrue == logical.IsAnd ? Evaluate(logical.Right) : left;
    }

    private bool Evaluate(Compared comparison)
    {
        var left = Evaluate(comparison.First);
        foreach (var (symbol, operand) in comparison.Rest)
        {
            var right = Evaluate(operand);
            Line = comparison.Line;
            if (!Holds(symbol, left, right)) return false;
            left = right;
        }
        return true;
    }

    /// <summary>Whether two values compare.</summary>
    public bool Holds(string symbol, Value left, Value right) => symbol switch
    {
        "==" => Comparison.AreEqual(left, right, Budget),
        "!=" => !Comparison.AreEqual(left, right, Budget),
        "in" => Comparison.Contains(right, left, Budget),
        "not in" => !Comparison.Contains(right, left, Budget),
        "<" => Comparison.Order(left, right, symbol, Budget) < 0,
        "<=" => Comparison.Order(left, right, symbol, Budget) <= 0,
        ">" => Comparison.Order(left, right, symbol, Budget) > 0,
        _ => Comparison.Order(left, right, symbol, Budget) >= 0,
    };

    private StringValue Evaluate(Concatenation concatenation)
    {
        var text = new BoundedText(Budget);
        foreach (var part in concatenation.Parts) text.Add(Repr.Text(Evaluate(part), Budget));
        return new StringValue(text.ToString());
    }

    private Value Evaluate(Conditional choice)
    {
        if (Evaluate(choice.Test).IsTrue) return Evaluate(choice.Then);
        return choice.Otherwise is { } otherwise
            ? Evaluate(otherwise)
            : new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
    }

    private DictValue Evaluate(DictOf entries)
    {
        var dict = new DictValue(Budget);
        foreach (var (key, value) in entries.Entries) dict.Set(Evaluate(key), Evaluate(value));
        return dict;
    }

    private Arguments Evaluate(CallArguments arguments)
    {
        var positional = Evaluate(arguments.Positional);
        var named = new OrderedDictionary<string, Value>();
        foreach (var (name, value) in arguments.Named) named.Add(name, Evaluate(value));
        if (arguments.Spread is { } spread) Spread(Evaluate(spread), positional);
        if (arguments.SpreadNamed is { } spreadNamed) SpreadNamed(Evaluate(spreadNamed), named);
        return new Arguments(positional, named);
    }

    private void Spread(Value items, List<Value> positional)
    {
        foreach (var item in items.Iterate() ?? throw Fault.Runtime($"argument after * must be an iterable, not {items.TypeName}"))
        {
            Budget.Step();
            positional.Add(item);
        }
    }

    private void SpreadNamed(Value items, OrderedDictionary<string, Value> named)
    {
        if (items is not DictValue dict) throw Fault.Runtime($"argument after ** must be a mapping, not {items.TypeName}");
        foreach (var (key, value) in dict.Entries)
        {
            Budget.Step();
            if (key is not StringValue name) throw Fault.Runtime("keywords must be strings");
            if (!named.TryAdd(name.Text, value)) throw Fault.Runtime($"got multiple values for keyword argument '{name.Text}'");
        }
    }
}
