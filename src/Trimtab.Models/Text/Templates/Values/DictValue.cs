namespace Trimtab.Models.Text.Templates.Values;

/// <summary>A Python dict: keeps the order in which keys came.</summary>
internal sealed class DictValue(Budget budget) : Value
{
    public OrderedDictionary<Value, Value> Entries { get; } = new(budget.Keys);

    public override string TypeName => "dict";

    public override long? Length => Entries.Count;

    public override int? Hash => null;

    public override Value? GetAttribute(string name) => CollectionMethods.Find(this, name);

    public override Value? GetItem(Value key, Budget budget) => key.Hash is null ? null : Entries.GetValueOrDefault(key);

    public override IEnumerable<Value> Iterate() => Entries.Keys;

    public override IEnumerable<Value> IterateBackwards() => EntriesBackwards().Select(entry => entry.Key);

    /// <summary>The entries from last to first, without a copy of them all.</summary>
    public IEnumerable<KeyValuePair<Value, Value>> EntriesBackwards()
    {
        for (var i = Entries.Count - 1; i >= 0; i--)
            yield return Entries.GetAt(i);
    }

    /// <summary>Sets an entry; a key that came before keeps its place.</summary>
    public DictValue Set(Value key, Value value)
    {
        if (key.Hash is null) throw Fault.Runtime($"unhashable type: '{key.TypeName}'");
        Entries[key] = value;
        return this;
    }

    /// <summary>Sets an entry under a text.</summary>
    public DictValue Set(string key, Value value) => Set(new StringValue(key), value);
}

/// <summary>Which part of a dict a <see cref="DictView"/> shows.</summary>
internal enum DictPart { Keys, Values, Items }

/// <summary>What <c>keys</c>, <c>values</c> and <c>items</c> return: it has a length and an order, and no indices.</summary>
internal sealed class DictView(DictValue dict, DictPart part) : Value
{
    public override string TypeName => part switch
    {
        DictPart.Keys => "dict_keys",
        DictPart.Values => "dict_values",
        _ => "dict_items",
    };

    public override long? Length => dict.Length;

    public override int? Hash => null;

    public override IEnumerable<Value> Iterate() => dict.Entries.Select(Show);

    public override IEnumerable<Value> IterateBackwards() => dict.EntriesBackwards().Select(Show);

    private Value Show(KeyValuePair<Value, Value> entry) => part switch
    {
        DictPart.Keys => entry.Key,
        DictPart.Values => entry.Value,
        _ => new TupleValue([entry.Key, entry.Value]),
    };
}

/// <summary>Equality and hash of dict keys.</summary>
internal sealed class KeyComparer(Budget budget) : IEqualityComparer<Value>
{
    public bool Equals(Value? x, Value? y) => x is not null && y is not null && Comparison.AreEqual(x, y, budget);

    public int GetHashCode(Value obj) => obj.Hash ?? throw Fault.Runtime($"unhashable type: '{obj.TypeName}'");
}
