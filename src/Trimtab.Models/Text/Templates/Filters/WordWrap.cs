using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Breaks a line into lines of a width, as Python's textwrap does: at blanks, after hyphens in words, around dashes.</summary>
internal sealed class WordWrap(int width, bool breakLongWords, bool breakOnHyphens, Budget budget)
{
    private readonly List<string> _lines = [];
    private readonly List<string> _line = [];
    private int _length;

    /// <summary>The lines of a text. A chunk of blanks at the start or end of a line is dropped, except at the very start.</summary>
    public static List<string> Lines(string text, int width, bool breakLongWords, bool breakOnHyphens, Budget budget)
    {
        var wrap = new WordWrap(width, breakLongWords, breakOnHyphens, budget);
        foreach (var chunk in wrap.Chunks(text)) wrap.Place(chunk);
        wrap.EndLine();
        return wrap._lines;
    }

    private void Place(string chunk)
    {
        budget.Step();
        var size = Size(chunk);
        if (_length + size > width)
        {
            if (size > width && breakLongWords)
            {
                BreakUp(new StringValue(chunk));
                return;
            }
            EndLine();
        }
        if (_line.Count == 0 && _lines.Count > 0 && IsBlank(chunk)) return;
        _line.Add(chunk);
        _length += size;
        if (size > width) EndLine();
    }

    private void EndLine()
    {
        if (_line.Count > 0 && IsBlank(_line[^1])) _line.RemoveAt(_line.Count - 1);
        if (_line.Count > 0) _lines.Add(string.Concat(_line));
        _line.Clear();
        _length = 0;
    }

    // Fills the line at hand with the word's beginning, and more lines with the rest.
    private void BreakUp(StringValue word)
    {
        for (var taken = 0L; taken < word.Length;)
        {
            budget.Step();
            if (_length >= width) EndLine();
            var end = BreakPoint(word, taken, Math.Min(word.Length!.Value, taken + width - _length));
            _line.Add(word.Text[word.OffsetOf(taken)..word.OffsetOf(end)]);
            _length += (int)(end - taken);
            taken = end;
            if (taken < word.Length) EndLine();
        }
    }

    private static int Size(string chunk) => (int)new StringValue(chunk).Length!.Value;

    private static bool IsBlank(string chunk) => chunk.All(Characters.IsSpace);

    // A hyphen in the part that fits is the better place, if more than hyphens come before it.
    private long BreakPoint(StringValue word, long start, long end)
    {
        if (!breakOnHyphens || end == word.Length) return end;
        var part = word.Text.AsSpan(word.OffsetOf(start)..word.OffsetOf(end));
        var hyphen = part.LastIndexOf('-');
        return hyphen > 0 && part[..hyphen].ContainsAnyExcept('-') ? word.IndexOf(word.OffsetOf(start) + hyphen + 1) : end;
    }

    private IEnumerable<string> Chunks(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            if (IsBlank(text[start]))
                while (end < text.Length && IsBlank(text[end])) end++;
            else if (breakOnHyphens && IsDash(text, start)) end = AfterDash(text, start);
            else
                while (end < text.Length && !EndsWord(text, start, ref end)) end++;
            yield return text[start..end];
            start = end;
        }
    }

    private bool EndsWord(string text, int start, ref int end)
    {
        if (IsBlank(text[end])) return true;
        if (!breakOnHyphens) return false;
        if (text[end] == '-' && IsHyphen(text, start, end))
        {
            end++;
            return true;
        }
        return IsDash(text, end);
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\n' or '\v' or '\f' or '\r';

    private static bool IsLetter(string text, int i) => i >= 0 && i < text.Length && (char.IsLetter(text[i]) || text[i] == '_');

    // A hyphen between at least two letters before and two after; of two hyphens with a letter between, the second counts as well.
    private static bool IsHyphen(string text, int start, int i) => i > start
        && IsLetter(text, i - 1) && (IsLetter(text, i - 2) || (i >= 3 && text[i - 2] == '-' && IsLetter(text, i - 3)))
        && IsLetter(text, i + 1) && (IsLetter(text, i + 2) || (i + 2 < text.Length && text[i + 2] == '-' && IsLetter(text, i + 3)));

    private static bool IsDash(string text, int i) => i > 0 && text[i] == '-' && i + 1 < text.Length && text[i + 1] == '-'
        && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] is '_' or '!' or '"' or '\'' or '&' or '.' or ',' or '?')
        && AfterDash(text, i) is var end && end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_');

    private static int AfterDash(string text, int i)
    {
        while (i < text.Length && text[i] == '-') i++;
        return i;
    }
}
