using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>A filter: its parameters after the input, and what it makes of the input.</summary>
internal sealed record Filter(Signature Signature, Func<Interpreter, Value, Bound, Value> Body)
{
    public Filter(string signature, Func<Interpreter, Value, Bound, Value> body) : this(new Signature(signature), body) { }
}

/// <summary>All filters by their names.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Filter> All = new[]
    {
        TextFilters.All, NumberFilters.All, SequenceFilters.All, SelectionFilters.All, OrderFilters.All, JsonFilters.All,
    }.SelectMany(family => family).ToDictionary();

    public static bool Contains(string name) => All.ContainsKey(name);

    public static Value Apply(string name, Value input, Arguments arguments, Interpreter run)
    {
        if (!All.TryGetValue(name, out var filter)) throw Fault.Runtime($"no filter is named '{name}'");
        run.Budget.Scan(input, arguments);
        return filter.Body(run, input, filter.Signature.Bind(name, arguments));
    }

    /// <summary>The items of a filter's input, each paid for.</summary>
    public static IEnumerable<Value> Items(Value input, Interpreter run) =>
        Paid(input.Iterate() ?? throw Comparison.NotIterable(input), run.Budget);

    /// <summary>Items that each cost a step.</summary>
    public static IEnumerable<Value> Paid(IEnumerable<Value> items, Budget budget)
    {
        foreach (var item in items)
        {
            budget.Step();
            yield return item;
        }
    }

    /// <summary>All items in a list.</summary>
    public static List<Value> ToList(Value input, Interpreter run) => [.. Items(input, run)];
}
