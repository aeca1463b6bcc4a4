using System.Runtime.InteropServices;

namespace Trimtab.Training.Tokenizers;

/// <summary>The different words of texts. All that training needs of long texts.</summary>
internal static class WordCounts
{
    /// <summary>How often each word occurs.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="specialTokens">What the texts are cut at; the longest of those that begin at a place.</param>
    public static IReadOnlyDictionary<string, long> Of(IEnumerable<string> texts, IReadOnlyList<string> specialTokens)
    {
        string[] cuts = [.. specialTokens.OrderByDescending(token => token.Length)];
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var words = new List<Range>();
        // Without cuts, Split would cut at white space.
        foreach (string part in texts.SelectMany(text => cuts.Length > 0 ? text.Split(cuts, StringSplitOptions.None) : [text]))
        {
            words.Clear();
            WordPattern.Split(part, words);
            foreach (var word in words)
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, part.AsSpan(word), out _)++;
        }
        return counts;
    }
}
