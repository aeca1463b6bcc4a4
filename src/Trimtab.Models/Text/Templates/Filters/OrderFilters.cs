using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Filters that compare items with each other. Texts compare without regard to case unless told otherwise.</summary>
internal static class OrderFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["dictsort"] = new("case_sensitive?, by?, reverse?", SortEntries),
        ["groupby"] = new("attribute, default?, case_sensitive?", Group),
        ["max"] = new("case_sensitive?, attribute?", (run, v, a) => Extreme(v, Key(a, 0, a.Given(1), run), wantsLess: false, run)),
        ["min"] = new("case_sensitive?, attribute?", (run, v, a) => Extreme(v, Key(a, 0, a.Given(1), run), wantsLess: true, run)),
        ["sort"] = new("reverse?, case_sensitive?, attribute?", Sort),
        ["sum"] = new("attribute?, start?", Sum),
        ["unique"] = new("case_sensitive?, attribute?", (run, v, a) => new IteratorValue(Unique(v, Key(a, 0, a.Given(1), run), run))),
    };

    private static Func<Value, Value> Key(Bound arguments, int caseParameter, Value? attribute, Interpreter run, Value? absent = null)
    {
        Func<Value, Value> part = attribute is null ? item => item : new AttributePath(attribute, run, absent).Of;
        return arguments.Flag(caseParameter) ? part : item => WithoutCase(part(item), run);
    }

    private static Value WithoutCase(Value value, Interpreter run)
    {
        if (value is not StringValue text) return value;
        run.Budget.Text(text.Text.Length);
        return new StringValue(Characters.Lower(text.Text));
    }

    private static ListValue SortEntries(Interpreter run, Value value, Bound arguments)
    {
        if (value is not DictValue dict)
            throw (value as UndefinedValue)?.Error() ?? Fault.Runtime($"dictsort needs a mapping, not {value.TypeName}");
        var index = arguments.Text(1, "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw Fault.Runtime("You can only sort by either \"key\" or \"value\""),
        };
        var entries = FilterTable.ToList(new DictView(dict, DictPart.Items), run);
        var key = Key(arguments, 0, null, run);
        Comparison.Sort(entries, entry => key(((TupleValue)entry).Items[index]), arguments.Flag(2), run.Budget);
        return new ListValue(entries);
    }

    private static ListValue Sort(Interpreter run, Value value, Bound arguments)
    {
        var items = FilterTable.ToList(value, run);
        run.Budget.Step(arguments.Given(2) is StringValue text ? text.Text.AsSpan().Count(',') : 0);
        var paths = arguments.Given(2) is StringValue several && several.Text.Contains(',', StringComparison.Ordinal)
            ? several.Text.Split(',').Select(path => (Value)new StringValue(path)).ToList()
            : null;
        var keys = paths?.ConvertAll(path => Key(arguments, 1, path, run)) ?? [Key(arguments, 1, arguments.Given(2), run)];
        var whole = keys.Count == 1 ? keys[0] : item => new TupleValue([.. keys.Select(key => key(item))]);
        Comparison.Sort(items, whole, arguments.Flag(0), run.Budget);
        return new ListValue(items);
    }

    private static Value Extreme(Value value, Func<Value, Value> key, bool wantsLess, Interpreter run)
    {
        Value? best = null, bestKey = null;
        foreach (var item in FilterTable.Items(value, run))
        {
            var candidate = key(item);
            var order = bestKey is null ? 0 : Comparison.Order(candidate, bestKey, wantsLess ? "<" : ">", run.Budget);
            if (best is null || (wantsLess ? order < 0 : order > 0)) (best, bestKey) = (item, candidate);
        }
        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static Value Sum(Interpreter run, Value value, Bound arguments)
    {
        var items = FilterTable.Items(value, run);
        if (arguments.Given(0) is { } attribute) items = items.Select(new AttributePath(attribute, run).Of);
        var start = arguments[1] ?? new IntValue(0);
        if (start is StringValue) throw Fault.Runtime("sum() can't sum strings [use ''.join(seq) instead]");
        return items.Aggregate(start, (sum, item) => Operators.Apply("+", sum, item, run.Budget));
    }

    private static IEnumerable<Value> Unique(Value value, Func<Value, Value> key, Interpreter run)
    {
        var seen = new HashSet<Value>(run.Budget.Keys);
        foreach (var item in FilterTable.Items(value, run))
            if (seen.Add(key(item)))
                yield return item;
    }

    private static ListValue Group(Interpreter run, Value value, Bound arguments)
    {
        var path = new AttributePath(arguments[0]!, run, arguments.Given(1));
        var key = Key(arguments, 2, arguments[0], run, arguments.Given(1));
        var items = FilterTable.ToList(value, run);
        Comparison.Sort(items, key, descending: false, run.Budget);
        var (groups, lastKey) = (new List<Value>(), (Value?)null);
        foreach (var item in items)
        {
            var itemKey = key(item);
            // A group shows the key of its first item in that item's own case.
            if (lastKey is null || !Comparison.AreEqual(lastKey, itemKey, run.Budget))
                groups.Add(new TupleValue([path.Of(item), new ListValue([])], "grouper", "list"));
            ((ListValue)((TupleValue)groups[^1]).Items[1]).Items.Add(item);
            lastKey = itemKey;
        }
        return new ListValue(groups);
    }
}
