using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Python's classes of characters, and its mappings of case.</summary>
internal static class Characters
{
    private const char FinalSigma = 'ς';

    // Characters whose upper case is longer than one character, each before its upper case (Unicode SpecialCasing, without conditions);
    // and the two that .NET leaves alone because they would become ASCII.
    private static readonly Dictionary<char, string> LongUpper = (
        "ıI ſS ßSS ŉʼN ǰJ̌ ΐΪ́ ΰΫ́ ևԵՒ ẖH̱ ẗT̈ ẘW̊ ẙY̊ ẚAʾ ὐΥ̓ ὒΥ̓̀ ὔΥ̓́ ὖΥ̓͂ ᾀἈΙ ᾁἉΙ "
        + "ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ ᾒἪΙ ᾓἫΙ ᾔἬΙ "
        + "ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ ᾟἯΙ ᾠὨΙ ᾡὩΙ ᾢὪΙ ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ "
        + "ᾨὨΙ ᾩὩΙ ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ͂ ᾷΑ͂Ι ᾼΑΙ ῂῊΙ ῃΗΙ ῄΉΙ ῆΗ͂ "
        + "ῇΗ͂Ι ῌΗΙ ῒΪ̀ ΐΪ́ ῖΙ͂ ῗΪ͂ ῢΫ̀ ΰΫ́ ῤΡ̓ ῦΥ͂ ῧΫ͂ ῲῺΙ ῳΩΙ ῴΏΙ ῶΩ͂ ῷΩ͂Ι ῼΩΙ "
        + "ﬀFF ﬁFI ﬂFL ﬃFFI ﬄFFL ﬅST ﬆST ﬓՄՆ ﬔՄԵ ﬕՄԻ ﬖՎՆ ﬗՄԽ").Split(' ').ToDictionary(entry => entry[0], entry => entry[1..]);

    /// <summary>Python's str.isspace for one character: .NET's, and the four separators of ASCII.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    /// <summary>Where str.splitlines ends a line.</summary>
    public static bool IsLineEnd(char character) =>
        character is '\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029';

    public static bool IsWord(Rune rune) => rune.Value == '_' || IsAlphanumeric(rune);

    public static bool IsAlphanumeric(Rune rune) => Rune.IsLetter(rune) || IsNumeric(rune);

    public static bool IsNumeric(Rune rune) => Rune.IsNumber(rune) || (Rune.IsLetter(rune) && Rune.GetNumericValue(rune) >= 0);

    /// <summary>Decimal digits, and those that stand above, below or in circles.</summary>
    public static bool IsDigit(Rune rune) => Rune.IsDigit(rune)
        || (rune.IsBmp && CharUnicodeInfo.GetDigitValue((char)rune.Value) >= 0);

    /// <summary>What repr shows as it is.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    public static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune)
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    /// <summary>Capital letters, and the Roman numerals and circled letters that are capital.</summary>
    public static bool IsUpper(Rune rune) => Rune.IsUpper(rune) || (IsLetterlike(rune) && Rune.ToLowerInvariant(rune) != rune);

    /// <summary>Small letters, and the Roman numerals, circled letters and ordinal signs that are small.</summary>
    public static bool IsLower(Rune rune) => Rune.IsLower(rune) || rune.Value is 'ª' or 'º'
        || (IsLetterlike(rune) && Rune.ToUpperInvariant(rune) != rune);

    /// <summary>What may begin a name.</summary>
    public static bool IsNameStart(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune)
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;

    /// <summary>What may go on in a name.</summary>
    public static bool IsNamePart(Rune rune) => IsNameStart(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    public static string Upper(string text)
    {
        var plain = text.ToUpperInvariant();
        if (System.Text.Ascii.IsValid(text) || !text.Any(LongUpper.ContainsKey)) return plain;
        var upper = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
            if (LongUpper.TryGetValue(text[i], out var longer)) upper.Append(longer);
            else upper.Append(plain[i]);
        return upper.ToString();
    }

    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (lower.Contains('İ', StringComparison.Ordinal)) lower = lower.Replace("İ", "i\u0307", StringComparison.Ordinal);
        return text.Contains('Σ', StringComparison.Ordinal) ? WithFinalSigmas(text, lower) : lower;
    }

    /// <summary>The first character in title case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        var first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        // The whole text is put in lower case, for a sigma's form depends on what stands before it.
        var lower = Lower(text);
        return TitleCase(text[..first]) + (lower.Length == text.Length ? lower[first..] : Lower(text[first..]));
    }

    /// <summary>One character in title case, which differs from upper case for ligatures and digraphs.</summary>
    public static string TitleCase(string character) => character switch
    {
        "ǆ" or "Ǆ" or "ǅ" => "ǅ",
        "ǉ" or "Ǉ" or "ǈ" => "ǈ",
        "ǌ" or "Ǌ" or "ǋ" => "ǋ",
        "ǳ" or "Ǳ" or "ǲ" => "ǲ",
        "ŉ" => "ʼN",
        _ => Upper(character) is { Length: > 1 } upper && !char.IsSurrogate(upper[0]) ? upper[0] + Lower(upper[1..]) : Upper(character),
    };

    /// <summary>Text for comparing without regard to case: lower case, ligatures and sharp s taken apart.</summary>
    public static string Fold(string text) =>
        Lower(string.Concat(text.Select(c => LongUpper.GetValueOrDefault(c) ?? c.ToString()))).Replace(FinalSigma, 'σ');

    private static bool IsLetterlike(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherSymbol;

    // A capital sigma that ends a word has a lower case of its own.
    private static string WithFinalSigmas(string text, string lower)
    {
        if (lower.Length != text.Length) return lower;
        var letters = lower.ToCharArray();
        for (var i = 0; i < text.Length; i++)
            if (text[i] == 'Σ' && i > 0 && char.IsLetter(text[i - 1]) && (i + 1 == text.Length || !char.IsLetter(text[i + 1])))
                letters[i] = FinalSigma;
        return new string(letters);
    }
}
