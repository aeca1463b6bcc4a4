using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>A set of Unicode code points as sorted, disjoint, non-touching ranges.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    private static readonly Lazy<CodePointSet[]> Categories = new(ScanCategories);

    private CodePointSet(IReadOnlyList<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>The set of no code point.</summary>
    public static CodePointSet Empty { get; } = new([]);

    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    public static CodePointSet Of(params ReadOnlySpan<int> codePoints)
    {
        var ranges = new List<(int, int)>();
        foreach (var c in codePoints)
            ranges.Add((c, c));
        return FromUnsorted(ranges);
    }

    public static CodePointSet Range(int first, int last) => new([(first, last)]);

    /// <summary>The code points of one general category, by the running system's Unicode tables.</summary>
    public static CodePointSet Category(UnicodeCategory category) => Categories.Value[(int)category];

    public static CodePointSet Union(IEnumerable<CodePointSet> sets) => FromUnsorted([.. sets.SelectMany(set => set.Ranges)]);

    public CodePointSet Union(CodePointSet other) => Union([this, other]);

    public CodePointSet Invert()
    {
        var ranges = new List<(int, int)>();
        var next = 0;
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
                ranges.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Last)
            ranges.Add((next, Last));
        return new CodePointSet(ranges);
    }

    public CodePointSet Intersect(CodePointSet other) => Invert().Union(other.Invert()).Invert();

    public bool Contains(int codePoint)
    {
        var (low, high) = (0, Ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < Ranges[middle].First)
                high = middle - 1;
            else if (codePoint > Ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }

    /// <summary>Adds the simple case variants of every member, as a case-insensitive pattern does.</summary>
    public CodePointSet WithCaseVariants()
    {
        var variants = new List<(int, int)>(Ranges);
        foreach (var (first, last) in Ranges)
            for (var c = first; c <= last; c++)
                if (System.Text.Rune.TryCreate(c, out var rune))
                    foreach (var variant in CaseVariants(rune))
                        variants.Add((variant, variant));
        return FromUnsorted(variants);
    }

    private static IEnumerable<int> CaseVariants(System.Text.Rune c)
    {
        yield return System.Text.Rune.ToLowerInvariant(c).Value;
        yield return System.Text.Rune.ToUpperInvariant(c).Value;
        // Three letters of other blocks fold to ASCII or Latin-1 letters: long s, the Kelvin sign, the angstrom sign.
        switch (c.Value)
        {
            case 's' or 'S': yield return 0x17F; break;
            case 'k' or 'K': yield return 0x212A; break;
            case 0xE5 or 0xC5: yield return 0x212B; break;
            case 0x17F: yield return 's'; yield return 'S'; break;
            case 0x212A: yield return 'k'; yield return 'K'; break;
            case 0x212B: yield return 0xE5; yield return 0xC5; break;
        }
    }

    private static CodePointSet FromUnsorted(List<(int First, int Last)> ranges)
    {
        ranges.Sort();
        var merged = new List<(int First, int Last)>(ranges.Count);
        foreach (var (first, last) in ranges)
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else
                merged.Add((first, last));
        return new CodePointSet(merged);
    }

    private static CodePointSet[] ScanCategories()
    {
        var ranges = new List<(int First, int Last)>[30];
        for (var i = 0; i < ranges.Length; i++)
            ranges[i] = [];
        var start = 0;
        for (var c = 1; c <= Last + 1; c++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(start);
            if (c <= Last && CharUnicodeInfo.GetUnicodeCategory(c) == category)
                continue;
            ranges[(int)category].Add((start, c - 1));
            start = c;
        }
        return [.. ranges.Select(list => new CodePointSet(list))];
    }
}
