using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>
/// Named sets of code points: \p{…}, \s, \d, \w and the bracketed POSIX names, as Oniguruma defines them for Unicode text.
/// </summary>
internal static class CodePointProperties
{
    private static readonly Dictionary<string, UnicodeCategory[]> Categories = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Lu"] = [UnicodeCategory.UppercaseLetter],
        ["Ll"] = [UnicodeCategory.LowercaseLetter],
        ["Lt"] = [UnicodeCategory.TitlecaseLetter],
        ["Lm"] = [UnicodeCategory.ModifierLetter],
        ["Lo"] = [UnicodeCategory.OtherLetter],
        ["Mn"] = [UnicodeCategory.NonSpacingMark],
        ["Mc"] = [UnicodeCategory.SpacingCombiningMark],
        ["Me"] = [UnicodeCategory.EnclosingMark],
        ["Nd"] = [UnicodeCategory.DecimalDigitNumber],
        ["Nl"] = [UnicodeCategory.LetterNumber],
        ["No"] = [UnicodeCategory.OtherNumber],
        ["Zs"] = [UnicodeCategory.SpaceSeparator],
        ["Zl"] = [UnicodeCategory.LineSeparator],
        ["Zp"] = [UnicodeCategory.ParagraphSeparator],
        ["Cc"] = [UnicodeCategory.Control],
        ["Cf"] = [UnicodeCategory.Format],
        ["Cs"] = [UnicodeCategory.Surrogate],
        ["Co"] = [UnicodeCategory.PrivateUse],
        ["Cn"] = [UnicodeCategory.OtherNotAssigned],
        ["Pc"] = [UnicodeCategory.ConnectorPunctuation],
        ["Pd"] = [UnicodeCategory.DashPunctuation],
        ["Ps"] = [UnicodeCategory.OpenPunctuation],
        ["Pe"] = [UnicodeCategory.ClosePunctuation],
        ["Pi"] = [UnicodeCategory.InitialQuotePunctuation],
        ["Pf"] = [UnicodeCategory.FinalQuotePunctuation],
        ["Po"] = [UnicodeCategory.OtherPunctuation],
        ["Sm"] = [UnicodeCategory.MathSymbol],
        ["Sc"] = [UnicodeCategory.CurrencySymbol],
        ["Sk"] = [UnicodeCategory.ModifierSymbol],
        ["So"] = [UnicodeCategory.OtherSymbol],
    };

    private static readonly Dictionary<string, string> LongNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Letter"] = "L", ["Mark"] = "M", ["Number"] = "N", ["Punctuation"] = "P", ["Symbol"] = "S", ["Separator"] = "Z", ["Other"] = "C",
        ["Alpha"] = "L", ["Digit"] = "Nd", ["Upper"] = "Lu", ["Lower"] = "Ll", ["Punct"] = "P", ["Cntrl"] = "Cc",
    };

    /// <summary>The scripts that published tokenizers name.</summary>
    private static readonly Dictionary<string, CodePointSet> Scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Han"] = Ranges(
            0x2E80, 0x2E99, 0x2E9B, 0x2EF3, 0x2F00, 0x2FD5, 0x3005, 0x3005, 0x3007, 0x3007, 0x3021, 0x3029, 0x3038, 0x303B, 0x3400, 0x4DBF,
            0x4E00, 0x9FFF, 0xF900, 0xFA6D, 0xFA70, 0xFAD9, 0x16FE2, 0x16FE3, 0x16FF0, 0x16FF1, 0x20000, 0x2A6DF, 0x2A700, 0x2B739,
            0x2B740, 0x2B81D, 0x2B820, 0x2CEA1, 0x2CEB0, 0x2EBE0, 0x2EBF0, 0x2EE5D, 0x2F800, 0x2FA1D, 0x30000, 0x3134A, 0x31350, 0x323AF),
        ["Hiragana"] = Ranges(0x3041, 0x3096, 0x309D, 0x309F, 0x1B001, 0x1B11F, 0x1B132, 0x1B132, 0x1B150, 0x1B152, 0x1F200, 0x1F200),
        ["Katakana"] = Ranges(
            0x30A1, 0x30FA, 0x30FD, 0x30FF, 0x31F0, 0x31FF, 0x32D0, 0x32FE, 0x3300, 0x3357, 0xFF66, 0xFF6F, 0xFF71, 0xFF9D, 0x1AFF0,
            0x1AFF3, 0x1AFF5, 0x1AFFB, 0x1AFFD, 0x1AFFE, 0x1B000, 0x1B000, 0x1B120, 0x1B122, 0x1B155, 0x1B155, 0x1B164, 0x1B167),
        ["Hangul"] = Ranges(
            0x1100, 0x11FF, 0x302E, 0x302F, 0x3131, 0x318E, 0x3200, 0x321E, 0x3260, 0x327E, 0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xD7B0, 0xD7C6,
            0xD7CB, 0xD7FB, 0xFFA0, 0xFFBE, 0xFFC2, 0xFFC7, 0xFFCA, 0xFFCF, 0xFFD2, 0xFFD7, 0xFFDA, 0xFFDC),
    };

    /// <summary>White_Space.</summary>
    public static CodePointSet Space { get; } = Ranges(0x09, 0x0D, 0x20, 0x20, 0x85, 0x85, 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A,
        0x2028, 0x2029, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000);

    /// <summary>Letters, marks, decimal digits and connectors.</summary>
    public static CodePointSet Word => CodePointSet.Union([Find("L")!, Find("M")!, Find("Nd")!, Find("Pc")!]);

    /// <summary>
    /// The set with a name, or null: a category (<c>L</c>, <c>Lu</c>, <c>Letter</c>), a class (<c>Space</c>) or a script
    /// (<c>Han</c>).
    /// </summary>
    public static CodePointSet? Find(string name)
    {
        name = LongNames.GetValueOrDefault(name, name);
        if (Scripts.TryGetValue(name, out var script))
            return script;
        return name.ToUpperInvariant() switch
        {
            "SPACE" => Space,
            "WORD" => Word,
            "ANY" => CodePointSet.Range(0, CodePointSet.Last),
            "ASCII" => CodePointSet.Range(0, 0x7F),
            "ALNUM" => CodePointSet.Union([Find("L")!, Find("M")!, Find("Nd")!]),
            "XDIGIT" => Ranges('0', '9', 'A', 'F', 'a', 'f'),
            _ => FromCategories(name),
        };
    }

    private static CodePointSet? FromCategories(string name)
    {
        var categories = Categories.Where(c => name.Length is 1 or 2 && c.Key.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(c => c.Value).ToList();
        return categories.Count == 0 ? null : CodePointSet.Union(categories.Select(CodePointSet.Category));
    }

    private static CodePointSet Ranges(params ReadOnlySpan<int> ends)
    {
        var sets = new List<CodePointSet>();
        for (var i = 0; i < ends.Length; i += 2)
            sets.Add(CodePointSet.Range(ends[i], ends[i + 1]));
        return CodePointSet.Union(sets);
    }
}
