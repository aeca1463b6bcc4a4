namespace Trimtab.Models.Text.Templates.Values;

/// <summary>The arguments of a call: positional ones, then named ones in their order.</summary>
internal sealed record Arguments(List<Value> Positional, OrderedDictionary<string, Value> Named)
{
    public static Arguments None { get; } = new([], []);

    /// <summary>Arguments without names.</summary>
    public static Arguments Of(params List<Value> values) => new(values, []);

    /// <summary>These arguments without the first positional ones.</summary>
    public Arguments Skip(int count) => this with { Positional = Positional.GetRange(count, Positional.Count - count) };
}

/// <summary>
/// The parameters of a built-in function, read from a text such as <c>"old, new, count?, *rest, **named"</c>: a question mark makes a
/// parameter optional, stars collect what is left.
/// </summary>
internal sealed class Signature
{
    private readonly string[] _names;
    private readonly int _required;
    private readonly bool _collectsPositional;
    private readonly bool _collectsNamed;

    public Signature(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        _collectsNamed = parts.Any(part => part.StartsWith("**", StringComparison.Ordinal));
        _collectsPositional = parts.Any(part => part[0] == '*' && !part.StartsWith("**", StringComparison.Ordinal));
        _names = [.. parts.Where(part => part[0] != '*').Select(part => part.TrimEnd('?'))];
        _required = parts.Count(part => part[0] != '*' && part[^1] != '?');
    }

    /// <summary>Gives every argument its parameter, or says what does not fit.</summary>
    public Bound Bind(string function, Arguments arguments)
    {
        var values = new Value?[_names.Length];
        var taken = Math.Min(_names.Length, arguments.Positional.Count);
        for (var i = 0; i < taken; i++)
            values[i] = arguments.Positional[i];
        if (arguments.Positional.Count > taken && !_collectsPositional)
            throw Fault.Runtime($"{function}() takes at most {_names.Length} arguments ({arguments.Positional.Count} given)");
        var named = new OrderedDictionary<string, Value>();
        foreach (var (name, value) in arguments.Named)
            Place(function, name, value, values, named);
        for (var i = 0; i < _required; i++)
            if (values[i] is null)
                throw Fault.Runtime($"{function}() missing required argument: '{_names[i]}'");
        return new Bound(function, values, arguments.Positional.GetRange(taken, arguments.Positional.Count - taken), named);
    }

    private void Place(string function, string name, Value value, Value?[] values, OrderedDictionary<string, Value> named)
    {
        var index = Array.IndexOf(_names, name);
        if (index < 0 && !_collectsNamed)
            throw Fault.Runtime($"{function}() got an unexpected keyword argument '{name}'");
        if (index >= 0 && values[index] is not null)
            throw Fault.Runtime($"{function}() got multiple values for argument '{name}'");
        if (index >= 0) values[index] = value;
        else named[name] = value;
    }
}

/// <summary>Arguments in the places of their parameters, counted from 0.</summary>
internal sealed class Bound(string function, Value?[] values, List<Value> rest, OrderedDictionary<string, Value> named)
{
    /// <summary>The value of a parameter, or null where an optional one was left out.</summary>
    public Value? this[int parameter] => values[parameter];

    /// <summary>What a starred parameter collected.</summary>
    public List<Value> Rest => rest;

    /// <summary>What a double-starred parameter collected.</summary>
    public OrderedDictionary<string, Value> Named => named;

    /// <summary>A parameter that may be left out or None.</summary>
    public Value? Given(int parameter) => values[parameter] is NoneValue ? null : values[parameter];

    public string Text(int parameter) => values[parameter] switch
    {
        StringValue text => text.Text,
        UndefinedValue missing => throw missing.Error(),
        var other => throw Fault.Runtime($"{function}() argument must be str, not {other?.TypeName}"),
    };

    public string Text(int parameter, string absent) => values[parameter] is null ? absent : Text(parameter);

    public long Integer(int parameter, long absent) => values[parameter] is { } value ? Numbers.ToLong(value, function + "()") : absent;

    public bool Flag(int parameter, bool absent = false) => values[parameter]?.IsTrue ?? absent;
}
