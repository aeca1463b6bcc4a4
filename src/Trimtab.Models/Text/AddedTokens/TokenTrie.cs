using System.Buffers;

namespace Trimtab.Models.Text;

/// <summary>A set of token texts, each with a number, that finds the longest one at a position. Empty texts are left out.</summary>
internal sealed class TokenTrie
{
    private readonly Dictionary<ulong, int> _edges = [];
    private readonly List<int> _values = [-1];
    private readonly SearchValues<char> _firsts;

    public TokenTrie(IEnumerable<(string Text, int Value)> entries)
    {
        var firsts = new HashSet<char>();
        foreach (var (text, value) in entries.Where(e => e.Text.Length > 0))
        {
            firsts.Add(text[0]);
            var node = 0;
            foreach (var c in text)
            {
                var key = Key(node, c);
                if (!_edges.TryGetValue(key, out var next))
                {
                    _edges.Add(key, next = _values.Count);
                    _values.Add(-1);
                }
                node = next;
            }
            _values[node] = value;
        }
        _firsts = SearchValues.Create([.. firsts]);
    }

    /// <summary>The longest entry that begins where <paramref name="text"/> begins.</summary>
    public bool TryMatchLongest(ReadOnlySpan<char> text, out int length, out int value)
    {
        (length, value) = (0, -1);
        if (text.IsEmpty || !_firsts.Contains(text[0]))
            return false;
        var node = 0;
        for (var i = 0; i < text.Length && _edges.TryGetValue(Key(node, text[i]), out node); i++)
            if (_values[node] >= 0)
                (length, value) = (i + 1, _values[node]);
        return value >= 0;
    }

    /// <summary>Walks one character from a node (0 is the root); false where no entry continues that way.</summary>
    public bool Step(ref int node, char c) => _edges.TryGetValue(Key(node, c), out node);

    /// <summary>The number of the entry that ends at a node, or −1.</summary>
    public int ValueAt(int node) => _values[node];

    /// <summary>The leftmost entry at or after <paramref name="from"/>, the longest of those that begin there.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length, out int value)
    {
        for (start = from; start < text.Length; start++)
        {
            var skip = text[start..].IndexOfAny(_firsts);
            if (skip < 0)
                break;
            start += skip;
            if (TryMatchLongest(text[start..], out length, out value))
                return true;
        }
        (start, length, value) = (text.Length, 0, -1);
        return false;
    }

    // The odd factor spreads the keys over the table; see MergeTable.
    private static ulong Key(int node, char c) => ((ulong)(uint)node << 16 | c) * 0x9E3779B97F4A7C15;
}
