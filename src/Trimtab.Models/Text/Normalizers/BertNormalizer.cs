using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>BERT's text cleaning, with its four switches.</summary>
/// <param name="cleanText">Drop control characters and turn white space into spaces.</param>
/// <param name="spaceIdeographs">Put spaces around CJK ideographs, so that each becomes a word.</param>
/// <param name="stripAccents">Decompose and drop non-spacing marks.</param>
/// <param name="lowercase">Lower case.</param>
internal sealed class BertNormalizer(bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowercase) : INormalizer
{
    private static readonly UnicodeNormalizer Decompose = new(UnicodeForm.D);
    private static readonly Lowercase Lower = new();

    public string Normalize(string text)
    {
        if (cleanText)
            text = Runes.Select(text, Clean);
        if (spaceIdeographs)
            text = Runes.Select(text, c => IsIdeograph(c.Value) ? $" {c} " : null);
        if (stripAccents)
            text = Runes.Where(Decompose.Normalize(text), c => Rune.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark);
        return lowercase ? Lower.Normalize(text) : text;
    }

    private static string? Clean(Rune c)
    {
        if (c.Value is '\t' or '\n' or '\r' || Rune.IsWhiteSpace(c))
            return " ";
        var isControl = c.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;
        return isControl ? "" : null;
    }

    private static bool IsIdeograph(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
