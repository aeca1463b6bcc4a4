namespace Trimtab.Models.Text.Templates.Values;

/// <summary>The items that lists and tuples have in common.</summary>
internal abstract class SequenceValue(List<Value> items) : Value
{
    public List<Value> Items { get; } = items;

    public override long? Length => Items.Count;

    public override Value? GetItem(Value key, Budget budget)
    {
        if (key is not SliceValue slice)
            return Numbers.Index(key, Items.Count) is { } index ? Items[index] : null;
        var (first, stride, count, _) = slice.Over(Items.Count);
        budget.Step(count);
        var selected = new List<Value>((int)count);
        for (var i = 0L; i < count; i++)
            selected.Add(Items[(int)(first + i * stride)]);
        return With(selected);
    }

    // By index, as in Python: a list may shrink (pop) while it is walked.
    public override IEnumerable<Value> Iterate()
    {
        for (var i = 0; i < Items.Count; i++)
            yield return Items[i];
    }

    public override IEnumerable<Value> IterateBackwards()
    {
        for (var i = Items.Count - 1; i >= 0; i--)
            if (i < Items.Count)
                yield return Items[i];
    }

    /// <summary>A sequence of the same kind with other items.</summary>
    public abstract SequenceValue With(List<Value> items);
}

/// <summary>A Python list.</summary>
internal sealed class ListValue(List<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override int? Hash => null;

    public override Value? GetAttribute(string name) => CollectionMethods.Find(this, name);

    public override SequenceValue With(List<Value> items) => new ListValue(items);
}

/// <summary>A Python tuple: it never changes, so it can be a dict key when all its items can.</summary>
internal sealed class TupleValue : SequenceValue
{
    // Found while the tuple is made, from the items' own hashes: a deep tuple needs no deep recursion later.
    private readonly int? _hash;
    private readonly string[] _names;

    public TupleValue(List<Value> items, params string[] names) : base(items)
    {
        (_names, _hash) = (names, HashOf(items));
    }

    public override string TypeName => "tuple";

    public override int? Hash => _hash;

    public override Value? GetAttribute(string name) =>
        Array.IndexOf(_names, name) is >= 0 and var index ? Items[index] : CollectionMethods.Find(this, name);

    public override SequenceValue With(List<Value> items) => new TupleValue(items);

    private static int? HashOf(List<Value> items)
    {
        var hash = new HashCode();
        foreach (var item in items)
        {
            if (item.Hash is not { } part) return null;
            hash.Add(part);
        }
        return hash.ToHashCode();
    }
}

/// <summary>A Python range: as long as it likes, for it holds no items.</summary>
internal sealed class RangeValue(long start, long stop, long step) : Value
{
    public long Start { get; } = start;

    public long Stop { get; } = stop;

    public long Stride { get; } = step;

    public override string TypeName => "range";

    public override long? Length => Count(Start, Stop, Stride);

    public override int? Hash => HashCode.Combine(Length, Length > 0 ? Start : 0, Length > 1 ? Stride : 0);

    public override Value? GetAttribute(string name) => name switch
    {
        "start" => At(Start),
        "stop" => At(Stop),
        "step" => At(Stride),
        _ => CollectionMethods.Find(this, name),
    };

    public override Value? GetItem(Value key, Budget budget)
    {
        var length = Length!.Value;
        if (key is SliceValue slice)
        {
            // A stride beyond the length acts like one just beyond it, and cannot overflow.
            var (first, stride, _, end) = slice.Over(length);
            return new RangeValue(Start + first * Stride, Start + end * Stride, Math.Clamp(stride, -length - 1, length + 1) * Stride);
        }
        if (!Numbers.TryInteger(key, out var index)) return null;
        if (index.Sign < 0) index += length;
        return index.Sign >= 0 && index < length ? At(Start + (long)index * Stride) : null;
    }

    public bool Contains(System.Numerics.BigInteger number)
    {
        var distance = number - Start;
        return Stride > 0
            ? number >= Start && number < Stop && distance % Stride == 0
            : number <= Start && number > Stop && distance % Stride == 0;
    }

    public override IEnumerable<Value> Iterate() => Walk(Start, Stride, Length!.Value);

    public override IEnumerable<Value> IterateBackwards() => Walk(Start + (Length!.Value - 1) * Stride, -Stride, Length!.Value);

    private static IEnumerable<Value> Walk(long first, long stride, long count)
    {
        for (var i = 0L; i < count; i++)
            yield return At(first + i * stride);
    }

    private static IntValue At(long number) => new(number);

    private static long Count(long start, long stop, long stride) =>
        stride > 0 ? (stop > start ? 1 + (stop - start - 1) / stride : 0)
        : start > stop ? 1 + (start - stop - 1) / -stride : 0;
}

/// <summary>What <c>map</c>, <c>select</c> and their like return: it can be walked once, and has no length.</summary>
internal sealed class IteratorValue(IEnumerable<Value> items) : Value
{
    private IEnumerator<Value>? _walk;

    public override string TypeName => "generator";

    public override bool IsTrue => true;

    public override IEnumerable<Value> Iterate()
    {
        _walk ??= items.GetEnumerator();
        while (true)
        {
            // map over map over map …: every layer's step calls the layer below.
            Budget.GuardStack();
            if (!_walk.MoveNext()) yield break;
            yield return _walk.Current;
        }
    }
}
