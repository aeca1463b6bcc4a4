using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>Puts a string before any text that is not empty.</summary>
internal sealed class Prepend(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Replaces every match of a pattern by a fixed string.</summary>
internal sealed class ReplaceMatches(ISplitPattern pattern, string replacement) : INormalizer
{
    public string Normalize(string text)
    {
        var matches = new List<Match>();
        pattern.FindMatches(text, matches);
        if (matches.Count == 0)
            return text;
        var result = new StringBuilder(text.Length);
        var done = 0;
        foreach (var match in matches)
        {
            result.Append(text, done, match.Start - done).Append(replacement);
            done = match.Start + match.Length;
        }
        return result.Append(text, done, text.Length - done).ToString();
    }
}

/// <summary>Lower case, character by character: no rule looks at its neighbours, so a final sigma stays an ordinary one.</summary>
internal sealed class Lowercase : INormalizer
{
    // The only character whose lower case is two characters long.
    public string Normalize(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripEnds(bool left, bool right) : INormalizer
{
    public string Normalize(string text)
    {
        var result = left ? text.TrimStart() : text;
        return right ? result.TrimEnd() : result;
    }
}

/// <summary>Removes every combining mark.</summary>
internal sealed class StripAccents : INormalizer
{
    public string Normalize(string text) => Runes.Where(text, c => Rune.GetUnicodeCategory(c)
        is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark));
}

/// <summary>The clean-up of sentencepiece's "nmt" rule: control characters go, odd spaces and marks become spaces.</summary>
internal sealed class NmtCleanup : INormalizer
{
    public string Normalize(string text) => Runes.Select(text, c => c.Value switch
    {
        (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F => "",
        0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => " ",
        _ => null,
    });
}

/// <summary>Spells the text's UTF-8 bytes by the byte-level alphabet.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    public string Normalize(string text) => ByteAlphabet.Spell(text);
}

/// <summary>Rewrites text character by character, a character being a Unicode scalar value.</summary>
internal static class Runes
{
    public static string Where(string text, Func<Rune, bool> keep) => Select(text, c => keep(c) ? null : "");

    /// <summary>Replaces each character by a string; null keeps it.</summary>
    public static string Select(string text, Func<Rune, string?> replace)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var c in text.EnumerateRunes())
        {
            if (replace(c) is { } other)
                result.Append(other);
            else
                result.Append(text, at, c.Utf16SequenceLength);
            at += c.Utf16SequenceLength;
        }
        return result.ToString();
    }
}
