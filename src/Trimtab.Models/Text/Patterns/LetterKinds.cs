using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>What the published split patterns distinguish.</summary>
internal enum LetterKind : byte
{
    Other,
    Letter,
    Number,
    Space,
}

/// <summary>Tells letters, numbers, white space and the rest apart, by table for all but the rarest characters.</summary>
internal static class LetterKinds
{
    private static readonly LetterKind[] Basic = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => Classify(c))];

    /// <summary>The kind of the character at a position, and its length in UTF-16 units.</summary>
    public static LetterKind At(ReadOnlySpan<char> text, int at, out int width)
    {
        var c = text[at];
        width = 1;
        if (!char.IsHighSurrogate(c) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1]))
            return Basic[c];
        width = 2;
        return Classify(char.ConvertToUtf32(c, text[at + 1]));
    }

    /// <summary>
    /// The first position at or after <paramref name="at"/> where another kind begins, after at most <paramref name="most"/>
    /// characters.
    /// </summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, LetterKind kind, int most = int.MaxValue)
    {
        for (; at < text.Length && most > 0 && At(text, at, out var width) == kind; most--)
            at += width;
        return at;
    }

    private static LetterKind Classify(int c) => CharUnicodeInfo.GetUnicodeCategory(c) switch
    {
        <= UnicodeCategory.OtherLetter => LetterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => LetterKind.Number,
        _ => c <= char.MaxValue && char.IsWhiteSpace((char)c) ? LetterKind.Space : LetterKind.Other,
    };
}
