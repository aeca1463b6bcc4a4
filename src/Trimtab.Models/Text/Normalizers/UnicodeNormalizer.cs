using System.Text;

namespace Trimtab.Models.Text;

/// <summary>The four normalisation forms of Unicode Standard Annex 15.</summary>
internal enum UnicodeForm
{
    C,
    D,
    KC,
    KD,
}

/// <summary>NFC, NFD, NFKC and NFKD over the tables of <see cref="UnicodeTables"/>.</summary>
internal sealed class UnicodeNormalizer(UnicodeForm form) : INormalizer
{
    private readonly bool _composes = form is UnicodeForm.C or UnicodeForm.KC;
    private readonly bool _compatibility = form is UnicodeForm.KC or UnicodeForm.KD;

    public UnicodeForm Form => form;

    // Below these characters every text is already in the form: no entry of the tables begins lower.
    private readonly char _firstAffected = form switch
    {
        UnicodeForm.C => '\u0300',
        UnicodeForm.D => '\u00C0',
        _ => '\u00A0',
    };

    public string Normalize(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange(_firstAffected, char.MaxValue);
        if (first < 0)
            return text;
        // The character before may compose with the first affected one.
        var start = Math.Max(0, first - 1);
        var characters = Decompose(text.AsSpan(start));
        if (_composes)
            Compose(characters);
        var result = new StringBuilder(text.Length).Append(text, 0, start);
        Span<char> utf16 = stackalloc char[2];
        foreach (var c in characters)
            result.Append(utf16[..new Rune(c).EncodeToUtf16(utf16)]);
        return result.ToString();
    }

    private List<int> Decompose(ReadOnlySpan<char> text)
    {
        var result = new List<int>(text.Length);
        foreach (var c in text.EnumerateRunes())
            if (c.Value < _firstAffected && c.Value < 0xC0)
                result.Add(c.Value);
            else
                UnicodeData.AppendDecomposition(c.Value, _compatibility, result);
        SortMarks(result);
        return result;
    }

    /// <summary>Canonical ordering: within a run of combining marks the classes ascend, equal classes keep their order.</summary>
    private static void SortMarks(List<int> characters)
    {
        for (var i = 0; i < characters.Count;)
        {
            var start = i;
            while (i < characters.Count && UnicodeData.CombiningClass(characters[i]) != 0)
                i++;
            if (i - start > 1)
            {
                var run = characters.GetRange(start, i - start).OrderBy(UnicodeData.CombiningClass).ToArray(); // a stable sort
                for (var k = 0; k < run.Length; k++)
                    characters[start + k] = run[k];
            }
            i = Math.Max(i, start + 1);
        }
    }

    private static void Compose(List<int> characters)
    {
        var (starter, kept, lastClass) = (-1, 0, -1);
        foreach (var c in characters.ToArray())
        {
            var combining = UnicodeData.CombiningClass(c);
            // Blocked: a mark of the same or a higher class, or another starter, stands between.
            var adjacent = starter >= 0 && (lastClass < combining || lastClass == -1);
            if (adjacent && UnicodeData.TryCompose(characters[starter], c, out var composed))
            {
                characters[starter] = composed;
                continue;
            }
            if (combining == 0)
                (starter, lastClass) = (kept, -1);
            else
                lastClass = combining;
            characters[kept++] = c;
        }
        characters.RemoveRange(kept, characters.Count - kept);
    }
}
