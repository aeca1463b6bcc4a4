using Trimtab.Models.Text.Templates.Syntax;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>A macro, or the body of a <c>call</c> block: it sees the variables of the place it was written in.</summary>
internal sealed class MacroValue(MacroBody body, Scope home) : CallableValue
{
    public string Name => body.Name ?? "caller";

    public override string TypeName => "jinja2.runtime.Macro";

    public override Value? GetAttribute(string name) => name switch
    {
        "name" => body.Name is null ? NoneValue.Instance : new StringValue(body.Name),
        "arguments" => new TupleValue([.. body.Parameters.Select(parameter => new StringValue(parameter.Name))]),
        "catch_varargs" => BoolValue.Of(body.Specials.Contains("varargs")),
        "catch_kwargs" => BoolValue.Of(body.Specials.Contains("kwargs")),
        "caller" => BoolValue.Of(body.Specials.Contains("caller")),
        _ => null,
    };

    public override Value Call(Arguments arguments, Interpreter run)
    {
        run.Budget.Enter();
        var text = run.Capture(new Scope(home), scope =>
        {
            BindParameters(arguments, scope, run);
            run.Execute(body.Body);
        });
        run.Budget.Leave();
        return new StringValue(text);
    }

    // Defaults are evaluated for each call, and see the parameters before them.
    private void BindParameters(Arguments arguments, Scope scope, Interpreter run)
    {
        var unused = arguments.Named.Keys.ToHashSet();
        var parameters = body.Parameters;
        for (var i = 0; i < parameters.Count; i++)
        {
            run.Budget.Step();
            var (name, absent) = parameters[i];
            var isNamed = arguments.Named.TryGetValue(name, out var value);
            unused.Remove(name);
            if (i < arguments.Positional.Count)
                value = isNamed ? throw Fault.Runtime($"macro '{Name}' got two values for the argument '{name}'") : arguments.Positional[i];
            scope.Set(name, value ?? (absent is null
                ? new UndefinedValue($"parameter '{name}' was not provided")
                : run.Evaluate(absent)));
        }
        if (body.Specials.Contains("caller"))
            scope.Set("caller", unused.Remove("caller") ? arguments.Named["caller"] : new UndefinedValue("No caller defined"));
        var named = arguments.Named.Where(entry => unused.Contains(entry.Key));
        BindRest(arguments.Positional.Skip(parameters.Count), named, scope, run.Budget);
    }

    private void BindRest(IEnumerable<Value> rest, IEnumerable<KeyValuePair<string, Value>> named, Scope scope, Budget budget)
    {
        if (body.Specials.Contains("kwargs"))
            scope.Set("kwargs", named.Aggregate(new DictValue(budget), (dict, entry) => dict.Set(entry.Key, entry.Value)));
        else if (named.Any()) throw Fault.Runtime($"macro '{Name}' takes no keyword argument '{named.First().Key}'");
        if (body.Specials.Contains("varargs")) scope.Set("varargs", new TupleValue([.. rest]));
        else if (rest.Any()) throw Fault.Runtime($"macro '{Name}' takes not more than {body.Parameters.Count} argument(s)");
    }
}
