namespace Trimtab.Models.Text.Templates.Values;

/// <summary>The methods of dicts, lists, tuples and ranges; those that change a value are closed, as in Jinja's sandbox.</summary>
internal static class CollectionMethods
{
    private static readonly Dictionary<string, Method<DictValue>> OfDicts = new()
    {
        ["copy"] = new("", (run, dict, _) => Copy(dict, run.Budget)),
        ["get"] = new("key, default?", (run, dict, a) => Get(dict, a[0]!, run.Budget) ?? a[1] ?? NoneValue.Instance),
        ["items"] = new("", (_, dict, _) => new DictView(dict, DictPart.Items)),
        ["keys"] = new("", (_, dict, _) => new DictView(dict, DictPart.Keys)),
        ["values"] = new("", (_, dict, _) => new DictView(dict, DictPart.Values)),
    };

    // The sandbox of the reference version lets a list's pop through, and published templates take tool ids from queues with it.
    private static readonly Dictionary<string, Method<ListValue>> OfLists = new()
    {
        ["clear"] = new("", (_, list, _) => Clear(list)),
        ["copy"] = new("", (run, list, _) => list.GetItem(SliceValue.All, run.Budget)!),
        ["pop"] = new("index?", (run, list, a) => Pop(list, a[0] ?? new IntValue(-1), run.Budget)),
    };

    private static readonly Dictionary<string, Method<Value>> OfSequences = new()
    {
        ["count"] = new("value", (run, items, a) => new IntValue(Matches(items, a[0]!, run.Budget).Count())),
        ["index"] = new("value, start?, stop?", (run, items, a) => Index(items, a, run.Budget)),
    };

    public static Value? Find(DictValue self, string name) => name switch
    {
        "clear" or "pop" or "popitem" or "setdefault" or "update" => UndefinedValue.Closed(self, name),
        _ => OfDicts.TryGetValue(name, out var method) ? new MethodValue<DictValue>(self, name, method) : null,
    };

    public static Value? Find(ListValue self, string name) => name switch
    {
        "append" or "reverse" or "insert" or "sort" or "extend" or "remove" => UndefinedValue.Closed(self, name),
        _ => OfLists.TryGetValue(name, out var method) ? new MethodValue<ListValue>(self, name, method) : Find((Value)self, name),
    };

    public static Value? Find(Value self, string name) =>
        OfSequences.TryGetValue(name, out var method) ? new MethodValue<Value>(self, name, method) : null;

    private static Value? Get(DictValue dict, Value key, Budget budget) => key.Hash is null
        ? throw Fault.Runtime($"unhashable type: '{key.TypeName}'")
        : dict.GetItem(key, budget);

    private static DictValue Copy(DictValue dict, Budget budget)
    {
        budget.Step(dict.Entries.Count);
        return dict.Entries.Aggregate(new DictValue(budget), (copy, entry) => copy.Set(entry.Key, entry.Value));
    }

    private static NoneValue Clear(ListValue list)
    {
        list.Items.Clear();
        return NoneValue.Instance;
    }

    private static Value Pop(ListValue list, Value position, Budget budget)
    {
        if (list.Items.Count == 0) throw Fault.Runtime("pop from empty list");
        if (Numbers.Index(position, list.Items.Count) is not { } index) throw Fault.Runtime("pop index out of range");
        // The items behind move up by one.
        budget.Scan(list.Items.Count - index);
        var item = list.Items[index];
        list.Items.RemoveAt(index);
        return item;
    }

    private static IEnumerable<long> Matches(Value items, Value value, Budget budget)
    {
        var index = 0L;
        foreach (var item in items.Iterate()!)
        {
            if (Comparison.AreEqual(item, value, budget)) yield return index;
            index++;
        }
    }

    private static IntValue Index(Value items, Bound arguments, Budget budget)
    {
        var length = items.Length!.Value;
        var (start, stop) = (FromEnd(arguments.Integer(1, 0)), FromEnd(arguments.Integer(2, length)));
        foreach (var index in Matches(items, arguments[0]!, budget))
            if (index >= start && index < stop)
                return new IntValue(index);
        throw Fault.Runtime("the value is not in the " + items.TypeName);

        long FromEnd(long index) => index < 0 ? index + length : index;
    }
}
