using System.Text;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Texts made from a text: padded, replaced in, put in title case. Each pays for its length before it is made.</summary>
internal static class StringLayout
{
    /// <summary>With this many fill characters before and after; negative counts add none.</summary>
    public static StringValue Pad(StringValue self, long before, long after, string fill, Budget budget)
    {
        if (before <= 0 && after <= 0) return self;
        var text = new BoundedText(budget).Add(fill, before).Add(self.Text).Add(fill, after);
        return new StringValue(text.ToString(), self.IsMarkup);
    }

    /// <summary>In the middle of a width. Where the blanks are odd in number, Python gives the left side more only in odd widths.</summary>
    public static StringValue Center(StringValue self, long width, string fill, Budget budget)
    {
        var blanks = Math.Max(0, width - self.Length!.Value);
        var before = blanks / 2 + (blanks & width & 1);
        return Pad(self, before, blanks - before, fill, budget);
    }

    /// <summary>With zeros between the sign and the digits.</summary>
    public static StringValue ZeroFill(StringValue self, long width, Budget budget)
    {
        var missing = width - self.Length!.Value;
        if (missing <= 0) return self;
        var sign = self.Text is ['+' or '-', ..] ? self.Text[..1] : "";
        var text = new BoundedText(budget).Add(sign).Add('0', missing).Add(self.Text.AsSpan(sign.Length));
        return new StringValue(text.ToString(), self.IsMarkup);
    }

    /// <summary>With blanks up to the next multiple of the size for every tab.</summary>
    public static StringValue ExpandTabs(StringValue self, long size, Budget budget)
    {
        var (result, column) = (new BoundedText(budget), 0L);
        foreach (var character in self.Text)
        {
            if (character == '\t')
            {
                var blanks = size > 0 ? size - column % size : 0;
                result.Add(' ', blanks);
                column += blanks;
                continue;
            }
            result.Add(character);
            column = character is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(character) ? 0 : 1);
        }
        return new StringValue(result.ToString(), self.IsMarkup);
    }

    /// <summary>With one text in place of another, a limited number of times if that is not negative.</summary>
    public static StringValue Replace(StringValue self, string old, string replacement, long times, Budget budget)
    {
        if (old.Length == 0) return Interleave(self, replacement, times, budget);
        var (result, position) = (new BoundedText(budget), 0);
        for (var done = 0L; done != times; done++)
        {
            var found = TextSearch.Find(self.Text, old, position, self.Text.Length, budget);
            if (found < 0) break;
            result.Add(self.Text.AsSpan(position..found)).Add(replacement);
            position = found + old.Length;
        }
        return position == 0 ? self : new StringValue(result.Add(self.Text.AsSpan(position)).ToString(), self.IsMarkup);
    }

    /// <summary>Every run of letters begins in title case and goes on in lower case.</summary>
    public static string Title(string text, Budget budget)
    {
        var (result, afterLetter) = (new BoundedText(budget), false);
        var lower = Characters.Lower(text);
        for (var i = 0; i < text.Length;)
        {
            var length = Rune.TryGetRuneAt(text, i, out var rune) ? rune.Utf16SequenceLength : 1;
            var isCased = length > 0 && Rune.TryGetRuneAt(text, i, out rune) && Characters.IsCased(rune);
            if (!isCased) result.Add(text.AsSpan(i, length));
            else if (!afterLetter) result.Add(Characters.TitleCase(rune.ToString()));
            else if (lower.Length == text.Length) result.Add(lower.AsSpan(i, length));
            else result.Add(Characters.Lower(rune.ToString()));
            (afterLetter, i) = (isCased, i + length);
        }
        return result.ToString();
    }

    // Replacing nothing puts the replacement before every character and at the end.
    private static StringValue Interleave(StringValue self, string replacement, long times, Budget budget)
    {
        var (result, length) = (new BoundedText(budget), self.Length!.Value);
        for (var i = 0; i <= length; i++)
        {
            budget.Step();
            if (times < 0 || i < times) result.Add(replacement);
            if (i < length) result.Add(self.Text.AsSpan(self.OffsetOf(i)..self.OffsetOf(i + 1)));
        }
        return new StringValue(result.ToString(), self.IsMarkup);
    }
}
