namespace Trimtab.Models.Text.Templates.Values;

/// <summary>A function that every template has, such as <c>range</c>.</summary>
internal sealed class FunctionValue(string name, Signature signature, Func<Interpreter, Bound, Value> body) : CallableValue
{
    public override string TypeName => "function";

    public string Name => name;

    public override Value Call(Arguments arguments, Interpreter run) => body(run, signature.Bind(name, arguments));
}

/// <summary>A method of values of one kind: its parameters and what it does.</summary>
internal sealed record Method<T>(Signature Signature, Func<Interpreter, T, Bound, Value> Body)
    where T : Value
{
    public Method(string signature, Func<Interpreter, T, Bound, Value> body) : this(new Signature(signature), body) { }
}

/// <summary>A method together with the value it was taken from.</summary>
internal sealed class MethodValue<T>(T self, string name, Method<T> method) : CallableValue
    where T : Value
{
    public override string TypeName => "builtin_function_or_method";

    public override Value Call(Arguments arguments, Interpreter run)
    {
        run.Budget.Scan(self, arguments);
        return method.Body(run, self, method.Signature.Bind(name, arguments));
    }
}

/// <summary>The result of <c>namespace()</c>: attributes that assignments in inner scopes can reach.</summary>
internal sealed class NamespaceValue(DictValue attributes) : Value
{
    public DictValue Attributes { get; } = attributes;

    public override string TypeName => "jinja2.utils.Namespace";

    public override bool IsTrue => true;

    public override Value? GetAttribute(string name) => Attributes.Entries.GetValueOrDefault(new StringValue(name));
}

/// <summary>The result of <c>cycler()</c>: deals its items in turn.</summary>
internal sealed class CyclerValue(List<Value> items) : Value
{
    private static readonly Dictionary<string, Method<CyclerValue>> Methods = new()
    {
        ["next"] = new("", (_, cycler, _) => cycler.Next()),
        ["reset"] = new("", (_, cycler, _) => cycler.Reset()),
    };

    private int _position;

    public override string TypeName => "jinja2.utils.Cycler";

    public override bool IsTrue => true;

    public override Value? GetAttribute(string name) =>
        name == "current" ? items[_position]
        : Methods.TryGetValue(name, out var method) ? new MethodValue<CyclerValue>(this, name, method) : null;

    private Value Next()
    {
        var current = items[_position];
        _position = (_position + 1) % items.Count;
        return current;
    }

    private NoneValue Reset()
    {
        _position = 0;
        return NoneValue.Instance;
    }
}

/// <summary>The result of <c>joiner()</c>: nothing at the first call, the separator ever after.</summary>
internal sealed class JoinerValue(Value separator) : CallableValue
{
    private bool _used;

    public override string TypeName => "jinja2.utils.Joiner";

    public override Value Call(Arguments arguments, Interpreter run)
    {
        if (_used) return separator;
        _used = true;
        return StringValue.Empty;
    }
}
