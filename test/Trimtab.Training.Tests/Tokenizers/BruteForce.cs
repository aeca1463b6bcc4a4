using System.Text;
using Trimtab.Training.Tokenizers;

namespace Trimtab.Training.Tests.Tokenizers;

/// <summary>Byte-pair encoding in the plainest way: all pairs counted anew for every merge, and every merge looked for in every word.</summary>
internal static class BruteForce
{
    private static readonly string[] Bytes = [.. new BytePairTrainer { VocabularySize = 256 }.Train([]).Tokens];

    /// <summary>The merges that words teach.</summary>
    public static List<(string, string)> Train(IEnumerable<string> words, int merges, int minCount)
    {
        var spelled = words.Select(Spell).ToList();
        var tokens = Bytes.ToList();
        var learned = new List<(string, string)>();
        while (tokens.Count < 256 + merges)
        {
            var best = spelled.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => tokens.IndexOf(group.Key.First)).ThenBy(group => tokens.IndexOf(group.Key.Second)).FirstOrDefault();
            if (best is null || best.Count() < minCount)
                return learned;
            if (!learned.Contains(best.Key))
                learned.Add(best.Key);
            if (!tokens.Contains(best.Key.First + best.Key.Second))
                tokens.Add(best.Key.First + best.Key.Second);
            spelled = [.. spelled.Select(word => Merge(word, best.Key))];
        }
        return learned;
    }

    /// <summary>The tokens of a word: as long as there is a merge, the one learned first.</summary>
    public static List<string> Encode(string word, IReadOnlyList<(string Left, string Right)> merges)
    {
        var symbols = Spell(word);
        while (merges.Cast<(string, string)?>().FirstOrDefault(merge => symbols.Zip(symbols.Skip(1)).Contains(merge!.Value)) is { } next)
            symbols = Merge(symbols, next);
        return symbols;
    }

    private static List<string> Spell(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => Bytes[value])];

    private static List<string> Merge(List<string> word, (string Left, string Right) pair)
    {
        var merged = new List<string>();
        for (int i = 0; i < word.Count; i++)
            if (i + 1 < word.Count && (word[i], word[i + 1]) == pair)
                merged.Add(word[i] + word[++i]);
            else
                merged.Add(word[i]);
        return merged;
    }
}
