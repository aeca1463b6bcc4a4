using System.Text;

namespace Trimtab.Models.Text;

/// <summary>A stretch of text that a pattern matched, in UTF-16 units.</summary>
internal readonly record struct Match(int Start, int Length);

/// <summary>Finds all matches in a text, from left to right and without overlap.</summary>
internal interface ISplitPattern
{
    void FindMatches(ReadOnlySpan<char> text, List<Match> matches);

    /// <summary>The regular expression that finds the same matches, where there is one.</summary>
    string? Expression => null;
}

/// <summary>Matches a fixed string.</summary>
internal sealed class LiteralPattern(string literal) : ISplitPattern
{
    public void FindMatches(ReadOnlySpan<char> text, List<Match> matches)
    {
        if (literal.Length == 0)
            return;
        for (var at = 0; text[at..].IndexOf(literal) is >= 0 and var skip; at += skip + literal.Length)
            matches.Add(new Match(at + skip, literal.Length));
    }
}

/// <summary>Matches characters of one kind, each alone or in runs.</summary>
internal sealed class CharacterPattern(Func<Rune, bool> contains, bool runs = false, string? expression = null) : ISplitPattern
{
    public string? Expression => expression;

    public void FindMatches(ReadOnlySpan<char> text, List<Match> matches)
    {
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var c, out var width);
            if (contains(c))
            {
                if (runs && matches.Count > 0 && matches[^1] is var last && last.Start + last.Length == at)
                    matches[^1] = last with { Length = last.Length + width };
                else
                    matches.Add(new Match(at, width));
            }
            at += width;
        }
    }
}
