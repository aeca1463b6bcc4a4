using System.Runtime.InteropServices;
using System.Text;

namespace Trimtab.Training.Tokenizers;

/// <summary>
/// How often each pair of neighbouring tokens occurs in the words of the texts. A merge touches only the words that hold its pair, and a heap finds the most frequent pair; its
/// entries may be out of date, which shows when they come up.
/// </summary>
internal sealed class PairCounts
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _wordCounts = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> _queue = new();

    /// <summary>The pairs of words, each of which begins as its UTF-8 bytes.</summary>
    public PairCounts(IReadOnlyDictionary<string, long> words)
    {
        foreach (var (word, count) in words)
        {
            _words.Add([.. Encoding.UTF8.GetBytes(word).Select(value => (int)value)]);
            _wordCounts.Add(count);
            foreach (var key in PairsOf(_words[^1]))
                Of(key).Add(count, _words.Count - 1);
        }
        foreach (var (key, pair) in _pairs)
            Offer(key, pair);
    }

    /// <summary>Takes the most frequent pair off the heap; of several the one of the smallest ids.</summary>
    /// <param name="minCount">How often it has to occur; false where none does.</param>
    /// <param name="most">The pair.</param>
    public bool TryTakeMostFrequent(long minCount, out (int Left, int Right) most)
    {
        while (_queue.TryDequeue(out most, out var priority))
        {
            if (!_pairs.TryGetValue(most, out var pair))
                continue;
            if (pair.Count == -priority.NegativeCount)
                return pair.Count >= minCount;
            // Counts that rose were offered again when they did; this one fell.
            if (pair.Count > 0 && pair.Count < -priority.NegativeCount)
                Offer(most, pair);
        }
        return false;
    }

    /// <summary>Replaces a pair by a token in all words, from left to right.</summary>
    public void Merge((int Left, int Right) merged, int id)
    {
        var risen = new HashSet<(int Left, int Right)>();
        foreach (int word in _pairs[merged].Words)
        {
            // All pairs of the word are taken out and those of the new one put in: overlapping pairs, as in "aaa", need no cases of their own.
            foreach (var key in PairsOf(_words[word]))
                _pairs[key].Count -= _wordCounts[word];
            _words[word] = Merged(_words[word], merged, id);
            foreach (var key in PairsOf(_words[word]))
                if (key.Left == id || key.Right == id)
                {
                    Of(key).Add(_wordCounts[word], word);
                    risen.Add(key);
                }
                else
                {
                    _pairs[key].Count += _wordCounts[word];
                }
        }
        _pairs.Remove(merged);
        foreach (var key in risen)
            Offer(key, _pairs[key]);
    }

    private static IEnumerable<(int Left, int Right)> PairsOf(int[] word)
    {
        for (int i = 0; i + 1 < word.Length; i++)
            yield return (word[i], word[i + 1]);
    }

    private static int[] Merged(int[] word, (int Left, int Right) merged, int id)
    {
        var symbols = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            bool isPair = i + 1 < word.Length && word[i] == merged.Left && word[i + 1] == merged.Right;
            symbols.Add(isPair ? id : word[i]);
            if (isPair)
                i++;
        }
        return [.. symbols];
    }

    private Pair Of((int Left, int Right) key) => CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _) ??= new Pair();

    private void Offer((int Left, int Right) key, Pair pair) => _queue.Enqueue(key, (-pair.Count, key.Left, key.Right));

    /// <summary>The count of one pair, and the words that hold it or did.</summary>
    private sealed class Pair
    {
        public long Count { get; set; }

        public List<int> Words { get; } = [];

        public void Add(long count, int word)
        {
            Count += count;
            if (Words.Count == 0 || Words[^1] != word)
                Words.Add(word);
        }
    }
}
