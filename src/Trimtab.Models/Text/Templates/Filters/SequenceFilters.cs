using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Filters that take a sequence apart or put it together, and those about any value.</summary>
internal static class SequenceFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["attr"] = new("name", (run, v, a) => AttributeOnly(v, a.Text(0), run)),
        ["batch"] = new("linecount, fill_with?", (run, v, a) => new IteratorValue(Batches(v, a.Integer(0, 0), a.Given(1), run))),
        ["count"] = new("", (_, v, _) => Length(v)),
        ["d"] = new("default_value?, boolean?", (_, v, a) => Default(v, a)),
        ["default"] = new("default_value?, boolean?", (_, v, a) => Default(v, a)),
        ["first"] = new("", (run, v, _) =>
            FilterTable.Items(v, run).FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.")),
        ["items"] = new("", (_, v, _) => Entries(v)),
        ["join"] = new("d?, attribute?", Join),
        ["last"] = new("", (_, v, _) => Backwards(v).FirstOrDefault() ?? new UndefinedValue("No last item, sequence was empty.")),
        ["length"] = new("", (_, v, _) => Length(v)),
        ["list"] = new("", (run, v, _) => new ListValue(FilterTable.ToList(v, run))),
        ["reverse"] = new("", Reverse),
        ["slice"] = new("slices, fill_with?", (run, v, a) => new IteratorValue(Slices(v, a.Integer(0, 0), a.Given(1), run))),
    };

    private static UndefinedValue Unreachable(Value value, string name, Interpreter run) =>
        name.StartsWith('_') ? UndefinedValue.Closed(value, name) : UndefinedValue.Member(value, new StringValue(name), run.Budget);

    private static Value AttributeOnly(Value value, string name, Interpreter run) =>
        (name.StartsWith('_') ? null : value.GetAttribute(name)) ?? Unreachable(value, name, run);

    private static Value Default(Value value, Bound arguments) =>
        value is UndefinedValue || (arguments.Flag(1) && !value.IsTrue) ? arguments[0] ?? StringValue.Empty : value;

    private static IntValue Length(Value value) => value.Length is { } length
        ? new IntValue(length)
        : throw Fault.Runtime($"object of type '{value.TypeName}' has no len()");

    private static IEnumerable<Value> Backwards(Value value) =>
        value.IterateBackwards() ?? (value is UndefinedValue ? [] : throw Fault.Runtime($"'{value.TypeName}' object is not reversible"));

    private static IteratorValue Entries(Value value) => value switch
    {
        UndefinedValue => new IteratorValue([]),
        DictValue dict => new IteratorValue(new DictView(dict, DictPart.Items).Iterate()!),
        _ => throw Fault.Runtime("Can only get item pairs from a mapping."),
    };

    private static Value Reverse(Interpreter run, Value value, Bound arguments)
    {
        if (value is StringValue text)
            return text.GetItem(new SliceValue(NoneValue.Instance, NoneValue.Instance, new IntValue(-1)), run.Budget)!;
        if (value.IterateBackwards() is { } items) return new IteratorValue(items);
        var list = FilterTable.ToList(value, run);
        list.Reverse();
        return new ListValue(list);
    }

    private static StringValue Join(Interpreter run, Value value, Bound arguments)
    {
        var items = FilterTable.Items(value, run);
        if (arguments.Given(1) is { } attribute) items = items.Select(new AttributePath(attribute, run).Of);
        var separator = arguments[0] is null ? "" : Repr.Text(arguments[0]!, run.Budget);
        var (text, between) = (new BoundedText(run.Budget), "");
        foreach (var item in items)
        {
            text.Add(between).Add(Repr.Text(item, run.Budget));
            between = separator;
        }
        return new StringValue(text.ToString());
    }

    private static IEnumerable<Value> Batches(Value value, long size, Value? fill, Interpreter run)
    {
        var batch = new List<Value>();
        foreach (var item in FilterTable.Items(value, run))
        {
            if (batch.Count == size)
            {
                yield return new ListValue(batch);
                batch = [];
            }
            batch.Add(item);
        }
        if (batch.Count == 0) yield break;
        if (fill is not null) Fill(batch, size, fill, run);
        yield return new ListValue(batch);
    }

    private static void Fill(List<Value> batch, long size, Value fill, Interpreter run)
    {
        for (; batch.Count < size; run.Budget.Step()) batch.Add(fill);
    }

    private static IEnumerable<Value> Slices(Value value, long count, Value? fill, Interpreter run)
    {
        var items = FilterTable.ToList(value, run);
        if (count == 0) throw Fault.Runtime("integer division or modulo by zero");
        // The first slices are one longer where the items do not divide evenly.
        var (each, longer, start) = (items.Count / count, items.Count % count, 0);
        for (var i = 0L; i < count; i++)
        {
            run.Budget.Step();
            var size = (int)(each + (i < longer ? 1 : 0));
            var slice = items.GetRange(start, size);
            if (fill is not null && i >= longer) slice.Add(fill);
            start += size;
            yield return new ListValue(slice);
        }
    }
}
