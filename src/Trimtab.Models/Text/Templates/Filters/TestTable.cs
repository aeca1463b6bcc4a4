using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>A test: its parameters after the input, and whether the input passes.</summary>
internal sealed record Test(Signature Signature, Func<Interpreter, Value, Bound, bool> Body)
{
    public Test(string signature, Func<Interpreter, Value, Bound, bool> body) : this(new Signature(signature), body) { }
}

/// <summary>All tests by their names: what may follow <c>is</c>.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Test> All = new()
    {
        ["boolean"] = new("", (_, v, _) => v is BoolValue),
        ["callable"] = new("", (_, v, _) => v is CallableValue or UndefinedValue),
        ["defined"] = new("", (_, v, _) => v is not UndefinedValue),
        ["divisibleby"] = new("num", (run, v, a) => Remainder(v, a[0]!, run) == 0),
        ["escaped"] = new("", (_, v, _) => v is StringValue { IsMarkup: true }),
        ["even"] = new("", (run, v, _) => Remainder(v, new IntValue(2), run) == 0),
        ["false"] = new("", (_, v, _) => v == BoolValue.False),
        ["filter"] = new("", (_, v, _) => FilterTable.Contains(Name(v))),
        ["float"] = new("", (_, v, _) => v is FloatValue),
        ["in"] = new("seq", (run, v, a) => Comparison.Contains(a[0]!, v, run.Budget)),
        ["integer"] = new("", (_, v, _) => v is IntValue),
        ["iterable"] = new("", (_, v, _) => v.Iterate() is not null),
        ["lower"] = new("", (run, v, _) => StringMethods.IsLower(Repr.Text(v, run.Budget))),
        ["mapping"] = new("", (_, v, _) => v is DictValue),
        ["none"] = new("", (_, v, _) => v is NoneValue),
        ["number"] = new("", (_, v, _) => Numbers.IsNumber(v)),
        ["odd"] = new("", (run, v, _) => Remainder(v, new IntValue(2), run) == 1),
        ["sameas"] = new("other", (_, v, a) => Comparison.AreSame(v, a[0]!)),
        ["sequence"] = new("", (_, v, _) => v is StringValue or SequenceValue or DictValue or RangeValue or UndefinedValue),
        ["string"] = new("", (_, v, _) => v is StringValue),
        ["test"] = new("", (_, v, _) => Contains(Name(v))),
        ["true"] = new("", (_, v, _) => v == BoolValue.True),
        ["undefined"] = new("", (_, v, _) => v is UndefinedValue),
        ["upper"] = new("", (run, v, _) => StringMethods.IsUpper(Repr.Text(v, run.Budget))),
    };

    static TestTable()
    {
        Add("==", "==", "eq", "equalto");
        Add("!=", "!=", "ne");
        Add("<", "<", "lt", "lessthan");
        Add("<=", "<=", "le");
        Add(">", ">", "gt", "greaterthan");
        Add(">=", ">=", "ge");
    }

    public static bool Contains(string name) => All.ContainsKey(name);

    public static bool Apply(string name, Value input, Arguments arguments, Interpreter run)
    {
        if (!All.TryGetValue(name, out var test)) throw Fault.Runtime($"no test is named '{name}'");
        run.Budget.Scan(input, arguments);
        return test.Body(run, input, test.Signature.Bind(name, arguments));
    }

    private static void Add(string symbol, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            All.Add(name, new("other", (run, v, a) => run.Holds(symbol, v, a[0]!)));
    }

    private static string Name(Value value) => value.Hash is null
        ? throw Fault.Runtime($"unhashable type: '{value.TypeName}'")
        : (value as StringValue)?.Text ?? "";

    private static double Remainder(Value value, Value divisor, Interpreter run) =>
        Numbers.TryDouble(Operators.Apply("%", value, divisor, run.Budget), out var rest) ? rest : double.NaN;
}
