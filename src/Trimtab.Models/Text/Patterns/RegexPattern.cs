using System.Text;
using System.Text.RegularExpressions;

namespace Trimtab.Models.Text;

/// <summary>
/// A regular expression over code points. .NET's engine sees UTF-16 units and would take half an emoji for a character, so the text is
/// first
/// translated: code points that no class of the pattern can tell apart become one and the same small character, and the expression is
/// rewritten over that alphabet.
/// </summary>
internal sealed class RegexPattern : ISplitPattern
{
    /// <summary>A single match of an honest pattern takes microseconds; this only stops patterns made to run forever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _pattern;
    private readonly TimeSpan _patience;
    private readonly Regex _regex;
    private readonly char[] _basic = new char[char.MaxValue + 1];
    private readonly int[] _boundaries;
    private readonly char[] _letters;

    /// <summary>Compiles a pattern in Oniguruma's syntax.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="patience">How long a single match may take; five seconds unless given.</param>
    /// <exception cref="TokenizerFormatException">The pattern is malformed or uses something unsupported.</exception>
    public RegexPattern(string pattern, TimeSpan? patience = null)
    {
        _pattern = pattern;
        _patience = patience ?? Patience;
        var (expression, sets) = PatternReader.Read(pattern);
        (_boundaries, _letters, var membership) = Partition(sets);
        for (var c = 0; c < _basic.Length; c++)
            _basic[c] = LetterOf(c);
        try
        {
            _regex = Compile(Rewrite(expression, membership), _patience);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerFormatException($"the regular expression {Vocabulary.Show(pattern)} cannot be compiled: {e.Message}", e);
        }
    }

    public void FindMatches(ReadOnlySpan<char> text, List<Match> matches)
    {
        var letters = new char[text.Length];
        var count = Translate(text, letters);
        // Where every code point is one unit, positions need no translation back.
        var starts = count == text.Length ? null : Starts(text, count);
        try
        {
            foreach (var match in _regex.EnumerateMatches(letters.AsSpan(0, count)))
            {
                var start = starts?[match.Index] ?? match.Index;
                var end = starts?[match.Index + match.Length] ?? match.Index + match.Length;
                matches.Add(new Match(start, end - start));
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerFormatException(
                $"the regular expression {Vocabulary.Show(_pattern)} took more than {_patience.TotalSeconds} s over one match; a "
                    + "splitting pattern must not backtrack without end.", e);
        }
    }

    private int Translate(ReadOnlySpan<char> text, Span<char> letters)
    {
        var count = 0;
        for (var at = 0; at < text.Length; at++)
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                letters[count++] = LetterOf(char.ConvertToUtf32(text[at], text[++at]));
            else
                letters[count++] = _basic[text[at]];
        return count;
    }

    private static int[] Starts(ReadOnlySpan<char> text, int count)
    {
        var starts = new int[count + 1];
        var index = 0;
        for (var at = 0; at < text.Length; at++)
        {
            starts[index++] = at;
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
        }
        starts[count] = text.Length;
        return starts;
    }

    private char LetterOf(int codePoint)
    {
        var index = Array.BinarySearch(_boundaries, codePoint);
        return _letters[index >= 0 ? index : ~index - 1];
    }

    /// <summary>Cuts the code points into stretches that no set divides; stretches in the same sets share a letter.</summary>
    private static (int[] Boundaries, char[] Letters, List<bool[]> Membership) Partition(IReadOnlyList<CodePointSet> sets)
    {
        int[] boundaries = [.. sets.SelectMany(set => set.Ranges).SelectMany(r => new[] { r.First, r.Last + 1 })
            .Append(0).Where(c => c <= CodePointSet.Last).Distinct().Order()];
        var letters = new char[boundaries.Length];
        var membership = new List<bool[]>();
        var known = new Dictionary<string, int>();
        for (var i = 0; i < boundaries.Length; i++)
        {
            bool[] member = [.. sets.Select(set => set.Contains(boundaries[i]))];
            var signature = string.Concat(member.Select(m => m ? '1' : '0'));
            if (!known.TryGetValue(signature, out var letter))
            {
                known.Add(signature, letter = membership.Count);
                membership.Add(member);
            }
            letters[i] = (char)letter;
        }
        return (boundaries, letters, membership);
    }

    private static string Rewrite(string expression, List<bool[]> membership)
    {
        var result = new StringBuilder();
        foreach (var c in expression)
            if (c < PatternReader.FirstPlaceholder)
                result.Append(c);
            else
                AppendClass(result, membership, c - PatternReader.FirstPlaceholder);
        return result.ToString();
    }

    private static void AppendClass(StringBuilder result, List<bool[]> membership, int set)
    {
        var letters = Enumerable.Range(0, membership.Count).Where(letter => membership[letter][set]).ToList();
        if (letters.Count == 0)
            result.Append("(?!)"); // an empty class matches nothing
        else if (letters.Count == 1)
            result.Append($"\\u{letters[0]:x4}");
        else
            result.Append('[').AppendJoin("", letters.Select(letter => $"\\u{letter:x4}")).Append(']');
    }

    private static Regex Compile(string expression, TimeSpan patience)
    {
        try
        {
            // Linear in the text whatever the pattern, but it knows no lookaround and no atomic groups.
            return new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, patience);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant, patience);
        }
    }
}
