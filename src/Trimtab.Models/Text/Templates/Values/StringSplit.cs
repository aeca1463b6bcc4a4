namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Python's split, rsplit and splitlines. A negative maximum splits everywhere.</summary>
internal static class StringSplit
{
    public static ListValue Split(StringValue self, string? separator, long most, Budget budget)
    {
        if (separator is null) return Words(self, most, budget);
        Check(separator);
        var (parts, start, text) = (new List<Value>(), 0, self.Text);
        while (parts.Count != most && TextSearch.Find(text, separator, start, text.Length, budget) is >= 0 and var found)
        {
            parts.Add(StringMethods.Part(self, start, found));
            start = found + separator.Length;
        }
        parts.Add(StringMethods.Part(self, start, text.Length));
        return new ListValue(parts);
    }

    public static ListValue SplitRight(StringValue self, string? separator, long most, Budget budget)
    {
        if (separator is null) return WordsFromRight(self, most, budget);
        Check(separator);
        var (parts, end, text) = (new List<Value>(), self.Text.Length, self.Text);
        // Splitting everywhere is the same from both sides only where separators cannot overlap.
        while (parts.Count != most && LastBefore(text, separator, end, budget) is >= 0 and var found)
        {
            parts.Add(StringMethods.Part(self, found + separator.Length, end));
            end = found;
        }
        parts.Add(StringMethods.Part(self, 0, end));
        parts.Reverse();
        return new ListValue(parts);
    }

    public static ListValue Lines(StringValue self, bool keepEnds, Budget budget)
    {
        var (lines, text) = (new List<Value>(), self.Text);
        for (var start = 0; start < text.Length;)
        {
            budget.Step();
            var end = start;
            while (end < text.Length && !Characters.IsLineEnd(text[end])) end++;
            var next = end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
            next = Math.Min(next, text.Length);
            lines.Add(StringMethods.Part(self, start, keepEnds ? next : end));
            start = next;
        }
        return new ListValue(lines);
    }

    private static void Check(string separator)
    {
        if (separator.Length == 0) throw Fault.Runtime("empty separator");
    }

    // Looks through a window that grows, so that many separators near the end cost no more than the text is long.
    private static int LastBefore(string text, string separator, int end, Budget budget)
    {
        for (long window = separator.Length + 64L; ; window *= 2)
        {
            var start = (int)Math.Max(0, end - window);
            var found = TextSearch.FindLast(text, separator, start, end, budget);
            if (found >= 0 || start == 0) return found;
        }
    }

    private static ListValue Words(StringValue self, long most, Budget budget)
    {
        var (parts, i, text) = (new List<Value>(), 0, self.Text);
        while (true)
        {
            while (i < text.Length && Characters.IsSpace(text[i])) i++;
            if (i == text.Length) return new ListValue(parts);
            budget.Step();
            var start = i;
            if (parts.Count == most)
            {
                parts.Add(StringMethods.Part(self, start, text.Length));
                return new ListValue(parts);
            }
            while (i < text.Length && !Characters.IsSpace(text[i])) i++;
            parts.Add(StringMethods.Part(self, start, i));
        }
    }

    private static ListValue WordsFromRight(StringValue self, long most, Budget budget)
    {
        var (parts, i, text) = (new List<Value>(), self.Text.Length, self.Text);
        while (true)
        {
            while (i > 0 && Characters.IsSpace(text[i - 1])) i--;
            if (i == 0) break;
            budget.Step();
            var end = i;
            i = parts.Count == most ? 0 : i;
            while (i > 0 && !Characters.IsSpace(text[i - 1])) i--;
            parts.Add(StringMethods.Part(self, i, end));
        }
        parts.Reverse();
        return new ListValue(parts);
    }
}
