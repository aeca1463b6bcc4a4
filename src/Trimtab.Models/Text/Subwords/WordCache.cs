using System.Collections.Concurrent;

namespace Trimtab.Models.Text;

/// <summary>
/// Remembers the ids of short words: natural text repeats few words often. Bounded, so that a hostile text cannot grow it.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer pieces rarely come back, and would make the bound on entries no bound on memory.</summary>
    public const int LongestWord = 48;

    private const int MostEntries = 1 << 15;

    private readonly ConcurrentDictionary<string, int[]> _ids;
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private int _entries;

    public WordCache()
    {
        _ids = new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal);
        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public bool TryGet(ReadOnlySpan<char> word, out int[] ids)
    {
        ids = [];
        return word.Length <= LongestWord && _bySpan.TryGetValue(word, out ids!);
    }

    public void Remember(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length <= LongestWord && Volatile.Read(ref _entries) < MostEntries && _ids.TryAdd(word.ToString(), ids.ToArray()))
            Interlocked.Increment(ref _entries);
    }
}
