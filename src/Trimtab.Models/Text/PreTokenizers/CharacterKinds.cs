using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>The pre-tokenizers that divide by kinds of characters; they differ only in the kind and in what becomes of it.</summary>
internal static class CharacterKinds
{
    /// <summary>Numeric characters apart from the rest, one by one or in runs.</summary>
    public static IPreTokenizer Digits(bool individual) =>
        new Split(new CharacterPattern(IsNumeric, expression: individual ? @"\p{N}" : null), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    /// <summary>Punctuation apart from the rest.</summary>
    public static IPreTokenizer Punctuation(SplitBehavior behavior) => new Split(new CharacterPattern(IsPunctuation), behavior);

    /// <summary>Words between white space, which goes.</summary>
    public static IPreTokenizer WhitespaceSplit() => new Split(new CharacterPattern(Rune.IsWhiteSpace), SplitBehavior.Removed);

    /// <summary>Runs of word characters and runs of other visible characters.</summary>
    public static IPreTokenizer Whitespace() => new Split(new RegexPattern(@"\w+|[^\w\s]+"), SplitBehavior.Removed, invert: true);

    /// <summary>White space goes, punctuation stands alone.</summary>
    public static IPreTokenizer Bert() => new PreTokenizerSequence([WhitespaceSplit(), Punctuation(SplitBehavior.Isolated)]);

    /// <summary>At every occurrence of one character, which goes.</summary>
    public static IPreTokenizer CharDelimiterSplit(string delimiter) => new Split(new LiteralPattern(delimiter), SplitBehavior.Removed);

    private static bool IsNumeric(Rune c) =>
        Rune.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Unicode punctuation, and all visible ASCII that is neither letter nor digit.</summary>
    private static bool IsPunctuation(Rune c) =>
        Rune.IsPunctuation(c) || (c.IsAscii && !Rune.IsLetterOrDigit(c) && !Rune.IsControl(c) && c.Value != ' ');
}
