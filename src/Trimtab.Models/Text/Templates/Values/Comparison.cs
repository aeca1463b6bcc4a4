using System.Numerics;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Python's equality, order, membership and stable sort.</summary>
internal static class Comparison
{
    public static bool AreEqual(Value left, Value right, Budget budget)
    {
        budget.Step();
        if (ReferenceEquals(left, right)) return left is not FloatValue { Number: double.NaN };
        if (Numbers.IsNumber(left)) return Numbers.IsNumber(right) && CompareNumbers(left, right) == 0;
        return (left, right) switch
        {
            (StringValue a, StringValue b) => SameText(a.Text, b.Text, budget),
            (ListValue a, ListValue b) => SameItems(a, b, budget),
            (TupleValue a, TupleValue b) => SameItems(a, b, budget),
            (DictValue a, DictValue b) => SameEntries(a, b, budget),
            (RangeValue a, RangeValue b) => a.Length == b.Length
                && (a.Length == 0 || (a.Start == b.Start && (a.Length == 1 || a.Stride == b.Stride))),
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };
    }

    /// <summary>Negative, zero or positive as left sorts before, with or after right; null where a NaN makes every order false.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other.</param>
    /// <param name="symbol">The operator, for the error that values without an order raise.</param>
    /// <param name="budget">What pays.</param>
    public static int? Order(Value left, Value right, string symbol, Budget budget)
    {
        budget.Step();
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right)) return CompareNumbers(left, right);
        if (left is StringValue a && right is StringValue b)
        {
            budget.Scan(Math.Min(a.Text.Length, b.Text.Length));
            return CompareText(a.Text, b.Text);
        }
        if ((left is ListValue && right is ListValue) || (left is TupleValue && right is TupleValue))
            return OrderItems((SequenceValue)left, (SequenceValue)right, symbol, budget);
        throw (left as UndefinedValue ?? right as UndefinedValue)?.Error()
            ?? Fault.Runtime($"'{symbol}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
    }

    /// <summary>Python's <c>item in container</c>.</summary>
    public static bool Contains(Value container, Value item, Budget budget)
    {
        switch (container)
        {
            case StringValue text when item is StringValue part:
                return TextSearch.Find(text.Text, part.Text, 0, text.Text.Length, budget) >= 0;
            case StringValue:
                throw Fault.Runtime($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue when item.Hash is null:
                throw Fault.Runtime($"unhashable type: '{item.TypeName}'");
            case DictValue dict:
                return dict.Entries.ContainsKey(item);
            case RangeValue range when Numbers.TryInteger(item, out var number):
                return range.Contains(number);
        }
        foreach (var candidate in container.Iterate() ?? throw NotIterable(container))
            if (AreEqual(candidate, item, budget))
                return true;
        return false;
    }

    /// <summary>Python's <c>is</c>, as far as values show it.</summary>
    public static bool AreSame(Value left, Value right) => ReferenceEquals(left, right)
        || (left is IntValue a && right is IntValue b && a.Number == b.Number && a.Number >= -5 && a.Number <= 256)
        || (left is StringValue { Text.Length: 0 } && right is StringValue { Text.Length: 0 });

    public static ChatTemplateException NotIterable(Value value) => Fault.Runtime($"'{value.TypeName}' object is not iterable");

    /// <summary>Sorts in place by the order of the keys; equal keys keep their order.</summary>
    public static void Sort<T>(List<T> items, Func<T, Value> key, bool descending, Budget budget)
    {
        if (descending) items.Reverse();
        MergeSort(items.Select(item => (Key: key(item), Item: item)).ToArray(), budget, sorted =>
        {
            for (var i = 0; i < sorted.Length; i++)
                items[i] = sorted[i].Item;
        });
        if (descending) items.Reverse();
    }

    // A sort of our own: the library's sorts wrap the comparer's exceptions, and give up on orders that contradict themselves (NaN).
    private static void MergeSort<T>((Value Key, T Item)[] from, Budget budget, Action<(Value Key, T Item)[]> done)
    {
        var to = new (Value Key, T Item)[from.Length];
        for (long width = 1; width < from.Length; width *= 2, (from, to) = (to, from))
            for (long start = 0; start < from.Length; start += 2 * width)
            {
                var (left, right) = (start, Math.Min(start + width, from.Length));
                var (middle, end) = (right, Math.Min(start + 2 * width, from.Length));
                for (var i = start; i < end; i++)
                {
                    var takeRight = left >= middle || (right < end && Order(from[right].Key, from[left].Key, "<", budget) < 0);
                    to[i] = takeRight ? from[right++] : from[left++];
                }
            }
        done(from);
    }

    private static int? CompareNumbers(Value left, Value right)
    {
        if (Numbers.TryInteger(left, out var a) && Numbers.TryInteger(right, out var b)) return a.CompareTo(b);
        if (left is FloatValue x && right is FloatValue y)
            return double.IsNaN(x.Number) || double.IsNaN(y.Number) ? null : x.Number.CompareTo(y.Number);
        return left is FloatValue f
            ? -CompareMixed(right, f.Number)
            : CompareMixed(left, ((FloatValue)right).Number);
    }

    // Exact, as in Python: 2**53 + 1 differs from the float 2.0**53.
    private static int? CompareMixed(Value integer, double number)
    {
        if (double.IsNaN(number)) return null;
        if (double.IsInfinity(number)) return number > 0 ? -1 : 1;
        Numbers.TryInteger(integer, out var whole);
        var floor = Math.Floor(number);
        var order = whole.CompareTo(new BigInteger(floor));
        return order == 0 && floor < number ? -1 : order;
    }

    private static bool SameText(string a, string b, Budget budget)
    {
        if (a.Length != b.Length) return false;
        budget.Scan(a.Length);
        return string.Equals(a, b, StringComparison.Ordinal);
    }

    // By code points: UTF-16 would sort the astral characters before U+E000.
    private static int CompareText(string a, string b)
    {
        var i = a.AsSpan().CommonPrefixLength(b);
        if (i == a.Length || i == b.Length) return a.Length.CompareTo(b.Length);
        var (x, y) = (a[i], b[i]);
        return char.IsSurrogate(x) != char.IsSurrogate(y) ? (char.IsSurrogate(x) ? 1 : -1) : x.CompareTo(y);
    }

    private static bool SameItems(SequenceValue a, SequenceValue b, Budget budget)
    {
        if (a.Items.Count != b.Items.Count) return false;
        budget.Enter();
        var same = true;
        for (var i = 0; same && i < a.Items.Count; i++)
            same = AreEqual(a.Items[i], b.Items[i], budget);
        budget.Leave();
        return same;
    }

    private static bool SameEntries(DictValue a, DictValue b, Budget budget)
    {
        if (a.Entries.Count != b.Entries.Count) return false;
        budget.Enter();
        var same = true;
        foreach (var (key, value) in a.Entries)
            if (!(same = b.Entries.TryGetValue(key, out var other) && AreEqual(value, other, budget)))
                break;
        budget.Leave();
        return same;
    }

    private static int? OrderItems(SequenceValue a, SequenceValue b, string symbol, Budget budget)
    {
        budget.Enter();
        var common = Math.Min(a.Items.Count, b.Items.Count);
        var i = 0;
        while (i < common && AreEqual(a.Items[i], b.Items[i], budget)) i++;
        var order = i < common ? Order(a.Items[i], b.Items[i], symbol, budget) : a.Items.Count.CompareTo(b.Items.Count);
        budget.Leave();
        return order;
    }
}
