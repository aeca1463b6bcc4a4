using System.Text;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Breaks a line into lines of a width, as Python's textwrap does: at blanks, after hyphens inside of words, around dashes.</summary>
internal sealed class WordWrap(int width, bool breakLongWords, bool breakOnHyphens, Budget budget)
{
    /// <summary>The lines, without blanks at their ends; one that is blank in all gives none.</summary>
    public List<string> Lines(string text)
    {
        var (lines, line, length) = (new List<string>(), new StringBuilder(), 0);
        var chunks = new Queue<string>(Chunks(text));
        while (chunks.TryDequeue(out var chunk))
        {
            budget.Step();
            if (lines.Count > 0 && line.Length == 0 && IsBlank(chunk)) continue;
            var size = Size(chunk);
            if (length + size <= width)
            {
                line.Append(chunk);
                length += size;
                continue;
            }
            if (size <= width) Finish(lines, line, chunk, ref length);
            else if (breakLongWords) BreakUp(chunk, lines, line, ref length);
            else if (length == 0) Finish(lines, line.Append(chunk), "", ref length);
            else
            {
                Finish(lines, line, "", ref length);
                Finish(lines, line.Append(chunk), "", ref length);
            }
        }
        Finish(lines, line, "", ref length);
        return lines;
    }

    private static int Size(string chunk) => (int)new StringValue(chunk).Length!.Value;

    private static bool IsBlank(string chunk) => chunk.All(Characters.IsSpace);

    // Ends the line at hand and begins the next with a chunk, which is left out where it is blank.
    private static void Finish(List<string> lines, StringBuilder line, string next, ref int length)
    {
        var text = line.ToString();
        var end = text.Length;
        while (end > 0 && Characters.IsSpace(text[end - 1])) end--;
        if (end > 0) lines.Add(text[..end]);
        line.Clear();
        length = 0;
        if (IsBlank(next)) return;
        line.Append(next);
        length = Size(next);
    }

    private void BreakUp(string chunk, List<string> lines, StringBuilder line, ref int length)
    {
        var word = new StringValue(chunk);
        for (var taken = 0L; taken < word.Length;)
        {
            budget.Step();
            var space = width - length;
            if (space <= 0)
            {
                Finish(lines, line, "", ref length);
                continue;
            }
            var end = BreakPoint(word, taken, Math.Min(word.Length!.Value, taken + space));
            line.Append(chunk.AsSpan(word.OffsetOf(taken)..word.OffsetOf(end)));
            length += (int)(end - taken);
            taken = end;
            if (taken < word.Length) Finish(lines, line, "", ref length);
        }
    }

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
