using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>Reads <see cref="UnicodeTables"/> once and answers for single characters; Hangul syllables are computed.</summary>
internal static class UnicodeData
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly Dictionary<int, int[]> Canonical = [];
    private static readonly Dictionary<int, int[]> Compatibility = [];
    private static readonly Dictionary<long, int> Compositions = [];
    private static readonly Dictionary<int, int> Classes = [];

    static UnicodeData()
    {
        foreach (var (key, value) in Entries(UnicodeTables.Canonical))
        {
            var parts = Hex(value.TrimEnd('!'));
            Canonical[Hex(key)[0]] = parts;
            if (parts.Length == 2 && !value.EndsWith('!'))
                Compositions[(long)parts[0] << 32 | (uint)parts[1]] = Hex(key)[0];
        }
        foreach (var (key, value) in Entries(UnicodeTables.Compatibility))
            Compatibility[Hex(key)[0]] = Hex(value);
        foreach (var (key, value) in Entries(UnicodeTables.CombiningClasses))
        {
            var range = key.Split('-');
            for (var c = Hex(range[0])[0]; c <= Hex(range[^1])[0]; c++)
                Classes[c] = int.Parse(value, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Canonical_Combining_Class; 0 for starters.</summary>
    public static int CombiningClass(int c) => c < 0x300 ? 0 : Classes.GetValueOrDefault(c);

    /// <summary>Appends the full decomposition of a character, or the character.</summary>
    public static void AppendDecomposition(int c, bool compatibility, List<int> output)
    {
        if (c - HangulBase is >= 0 and < LeadCount * VowelCount * TailCount and var syllable)
        {
            output.Add(LeadBase + syllable / (VowelCount * TailCount));
            output.Add(VowelBase + syllable % (VowelCount * TailCount) / TailCount);
            if (syllable % TailCount > 0)
                output.Add(TailBase + syllable % TailCount);
        }
        else if (Canonical.TryGetValue(c, out var parts) || (compatibility && Compatibility.TryGetValue(c, out parts)))
        {
            foreach (var part in parts)
                AppendDecomposition(part, compatibility, output);
        }
        else
        {
            output.Add(c);
        }
    }

    /// <summary>The primary composite of a pair, if there is one.</summary>
    public static bool TryCompose(int first, int second, out int composed)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
        {
            composed = HangulBase + (lead * VowelCount + vowel) * TailCount;
            return true;
        }
        if (first - HangulBase is >= 0 and < LeadCount * VowelCount * TailCount and var syllable && syllable % TailCount == 0
            && second - TailBase is > 0 and < TailCount and var tail)
        {
            composed = first + tail;
            return true;
        }
        return Compositions.TryGetValue((long)first << 32 | (uint)second, out composed);
    }

    private static IEnumerable<(string Key, string Value)> Entries(string table) =>
        from entry in table.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        let cut = entry.IndexOf('=', StringComparison.Ordinal)
        select (entry[..cut], entry[(cut + 1)..]);

    private static int[] Hex(string list) =>
        [.. list.Split('+').Select(part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
}
