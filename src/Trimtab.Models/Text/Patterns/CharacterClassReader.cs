using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>Reads bracketed character classes and the escapes that stand for characters, inside and outside of brackets.</summary>
internal sealed class CharacterClassReader(string pattern, bool ignoreCase)
{
    private const int DeepestClass = 50;

    private int _depth;

    /// <summary>Reads a class whose opening bracket has just been passed, up to and including its closing bracket.</summary>
    public CodePointSet Read(ref int at)
    {
        if (++_depth > DeepestClass)
            throw PatternReader.Error(pattern, at, $"classes nested deeper than {DeepestClass}");
        var negated = Take(ref at, "^");
        var parts = new List<CodePointSet>();
        CodePointSet? conjunction = null;
        for (var first = true; first || !Take(ref at, "]"); first = false)
            if (Take(ref at, "&&"))
            {
                conjunction = Conjoin(conjunction, parts);
                parts.Clear();
            }
            else
            {
                parts.Add(Part(ref at));
            }
        _depth--;
        var set = Conjoin(conjunction, parts);
        if (ignoreCase)
            set = set.WithCaseVariants();
        return negated ? set.Invert() : set;
    }

    private static CodePointSet Conjoin(CodePointSet? conjunction, List<CodePointSet> parts)
    {
        var union = CodePointSet.Union(parts);
        return conjunction?.Intersect(union) ?? union;
    }

    private CodePointSet Part(ref int at)
    {
        if (Take(ref at, "[:"))
            return Posix(ref at);
        if (Take(ref at, "["))
            return Read(ref at);
        var set = Member(ref at, out var first);
        // A hyphen before the closing bracket, or after a class such as \s, is itself.
        if (first < 0 || at + 1 >= pattern.Length || pattern[at] != '-' || pattern[at + 1] is ']' or '[')
            return set;
        var hyphen = at++;
        Member(ref at, out var last);
        if (last < first)
            throw PatternReader.Error(pattern, hyphen, "a range whose end lies before its beginning");
        return CodePointSet.Range(first, last);
    }

    private CodePointSet Posix(ref int at)
    {
        var end = pattern.IndexOf(":]", at, StringComparison.Ordinal);
        var name = end < 0 ? "" : pattern[at..end];
        var set = CodePointProperties.Find(name.TrimStart('^')) ?? throw PatternReader.Error(pattern, at, $"the unknown class [:{name}:]");
        at = end + 2;
        return name.StartsWith('^') ? set.Invert() : set;
    }

    private CodePointSet Member(ref int at, out int single)
    {
        if (at >= pattern.Length)
            throw PatternReader.Error(pattern, at, "a class without its ']'");
        if (pattern[at] == '\\')
            return Escape(pattern, ref at, out single);
        Rune.DecodeFromUtf16(pattern.AsSpan(at), out var c, out var width);
        at += width;
        single = c.Value;
        return CodePointSet.Of(single);
    }

    /// <summary>Reads an escape that stands for characters. <paramref name="single"/> is −1 where it stands for more than one.</summary>
    public static CodePointSet Escape(string pattern, ref int at, out int single)
    {
        if (at + 1 >= pattern.Length)
            throw PatternReader.Error(pattern, at, "a backslash at the end");
        Rune.DecodeFromUtf16(pattern.AsSpan(at + 1), out var c, out var width);
        at += 1 + width;
        single = -1;
        switch (c.Value)
        {
            case 's': return CodePointProperties.Space;
            case 'S': return CodePointProperties.Space.Invert();
            case 'd': return CodePointProperties.Find("Nd")!;
            case 'D': return CodePointProperties.Find("Nd")!.Invert();
            case 'w': return CodePointProperties.Word;
            case 'W': return CodePointProperties.Word.Invert();
            case 'h': return CodePointProperties.Find("XDigit")!;
            case 'H': return CodePointProperties.Find("XDigit")!.Invert();
            case 'p' or 'P': return Property(pattern, ref at, c.Value == 'P');
        }
        single = c.Value switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => 0x1B,
            'x' or 'u' => Hexadecimal(pattern, ref at, c.Value == 'u' ? 4 : 2),
            _ when Rune.IsLetterOrDigit(c) => throw PatternReader.Error(pattern, at, $"the unsupported escape \\{c}"),
            _ => c.Value,
        };
        return CodePointSet.Of(single);
    }

    private static CodePointSet Property(string pattern, ref int at, bool negated)
    {
        var name = at < pattern.Length ? pattern[at++].ToString() : "";
        if (name == "{")
        {
            var end = pattern.IndexOf('}', at);
            name = end < 0 ? "" : pattern[at..end];
            at = end < 0 ? at : end + 1;
        }
        if (name.StartsWith('^'))
            (name, negated) = (name[1..], !negated);
        var set = CodePointProperties.Find(name) ?? throw PatternReader.Error(pattern, at, $"the unknown property \\p{{{name}}}");
        return negated ? set.Invert() : set;
    }

    private static int Hexadecimal(string pattern, ref int at, int digits)
    {
        var end = at + digits;
        var start = at;
        if (at < pattern.Length && pattern[at] == '{')
            (start, end) = (at + 1, pattern.IndexOf('}', at));
        if (end < 0 || end > pattern.Length
            || !int.TryParse(pattern.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var value)
            || value is < 0 or > CodePointSet.Last)
            throw PatternReader.Error(pattern, at, "a malformed hexadecimal escape");
        at = start == at ? end : end + 1;
        return value;
    }

    private bool Take(ref int at, string expected)
    {
        if (string.CompareOrdinal(pattern, at, expected, 0, expected.Length) != 0)
            return false;
        at += expected.Length;
        return true;
    }
}
