namespace Trimtab.Organism.Grammar;

/// <summary>Choices that depend on the given seeds alone: the same seeds give the same choices on every machine.</summary>
internal sealed class Picker(params ReadOnlySpan<long> seeds)
{
    private readonly Random _random = new((int)(StableHash.Of(seeds) >> 33));

    /// <summary>A whole number from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public int Between(int first, int last) => _random.Next(first, last + 1);

    /// <summary>True in the given share of the cases, 0 to 1.</summary>
    public bool Chance(double share) => _random.NextDouble() < share;

    /// <summary>One of the items, each as likely as the others.</summary>
    public T One<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Different items of the list, in random order; at most as many as there are.</summary>
    public T[] Some<T>(IReadOnlyList<T> items, int count)
    {
        T[] shuffled = Shuffled(items);
        return shuffled[..Math.Min(count, shuffled.Length)];
    }

    /// <summary>The items in random order.</summary>
    public T[] Shuffled<T>(IReadOnlyList<T> items)
    {
        T[] shuffled = [.. items];
        _random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>One of the items by its weight; the weights need not sum to one.</summary>
    public T Weighted<T>(IReadOnlyList<(T Item, double Weight)> items)
    {
        double rest = _random.NextDouble() * items.Sum(item => item.Weight);
        foreach (var (item, weight) in items)
            if ((rest -= weight) < 0)
                return item;
        return items.Last(item => item.Weight > 0).Item;
    }
}
