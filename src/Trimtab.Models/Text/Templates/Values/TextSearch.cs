namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Finds one text in another in time linear in both, so that no pair of texts can make a template hang.</summary>
internal static class TextSearch
{
    private const int ShortNeedle = 64;

    /// <summary>The first offset in [start, end - needle] at which needle stands, or -1.</summary>
    public static int Find(string text, string needle, int start, int end, Budget budget)
    {
        if (start < 0 || end - start < needle.Length) return -1;
        var range = text.AsSpan(start, end - start);
        var found = needle.Length <= ShortNeedle
            ? range.IndexOf(needle, StringComparison.Ordinal)
            : FindLong(range, needle);
        budget.Scan(found < 0 ? range.Length : found + needle.Length);
        return found < 0 ? -1 : found + start;
    }

    /// <summary>The last offset in [start, end - needle] at which needle stands, or -1.</summary>
    public static int FindLast(string text, string needle, int start, int end, Budget budget)
    {
        if (start < 0 || end - start < needle.Length) return -1;
        var range = text.AsSpan(start, end - start);
        budget.Scan(range.Length);
        if (needle.Length <= ShortNeedle)
            return range.LastIndexOf(needle, StringComparison.Ordinal) is >= 0 and var found ? found + start : -1;
        return FindLong(range, needle, last: true) is >= 0 and var place ? place + start : -1;
    }

    // Knuth, Morris and Pratt: the plain search of a long needle can take the product of both lengths.
    private static int FindLong(ReadOnlySpan<char> text, string needle, bool last = false)
    {
        var quick = text.IndexOf(needle.AsSpan(0, ShortNeedle), StringComparison.Ordinal);
        if (quick < 0) return -1;
        var (borders, found) = (Borders(needle), -1);
        for (int i = quick, matched = 0; i < text.Length; i++)
        {
            while (matched > 0 && text[i] != needle[matched]) matched = borders[matched - 1];
            if (text[i] != needle[matched] || ++matched < needle.Length) continue;
            found = i - needle.Length + 1;
            if (!last) return found;
            matched = borders[matched - 1];
        }
        return found;
    }

    private static int[] Borders(string needle)
    {
        var borders = new int[needle.Length];
        for (int i = 1, length = 0; i < needle.Length; i++)
        {
            while (length > 0 && needle[i] != needle[length]) length = borders[length - 1];
            if (needle[i] == needle[length]) length++;
            borders[i] = length;
        }
        return borders;
    }
}
