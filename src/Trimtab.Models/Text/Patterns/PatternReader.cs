using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Reads a regular expression in Oniguruma's syntax, which tokenizer.json files use, into a .NET expression whose every character matcher
/// is a placeholder for a set of code points.
/// </summary>
/// <remarks>
/// Where the two dialects differ, Oniguruma's meaning is kept: <c>^</c> and <c>$</c> are ends of lines, <c>+</c> after <c>?</c>, <c>*</c>
/// or
/// <c>+</c> makes a quantifier possessive, but after <c>{n,m}</c> repeats it.
/// </remarks>
internal sealed class PatternReader
{
    private const int DeepestGroup = 100;

    /// <summary>Placeholder of set 0 in the output; an expression with more sets than private-use characters is refused.</summary>
    public const char FirstPlaceholder = '\uE000';

    private readonly string _pattern;
    private readonly List<CodePointSet> _sets = [];
    private int _at;
    private int _depth;
    private bool _ignoreCase;

    private PatternReader(string pattern) => _pattern = pattern;

    /// <summary>The expression with placeholders, and the sets that they stand for.</summary>
    /// <exception cref="TokenizerFormatException">The pattern is malformed or uses something unsupported.</exception>
    public static (string Expression, IReadOnlyList<CodePointSet> Sets) Read(string pattern)
    {
        var reader = new PatternReader(pattern);
        var expression = reader.Alternatives();
        if (reader._at < pattern.Length)
            throw reader.Error("an unmatched ')'");
        return (expression, reader._sets);
    }

    private bool More => _at < _pattern.Length;

    private string Alternatives()
    {
        if (++_depth > DeepestGroup)
            throw Error($"groups nested deeper than {DeepestGroup}");
        var outerCase = _ignoreCase;
        var result = new StringBuilder();
        while (More && _pattern[_at] != ')')
            if (Take("|"))
                result.Append('|');
            else
                result.Append(Quantified());
        _ignoreCase = outerCase;
        _depth--;
        return result.ToString();
    }

    private string Quantified()
    {
        var atom = Atom();
        while (More && Quantifier() is { } quantifier)
        {
            var braced = quantifier[0] == '{';
            if (Take("?"))
                atom = $"(?:{atom}{quantifier}?)";
            else if (!braced && Take("+"))
                atom = $"(?>{atom}{quantifier})";
            else
                atom = $"(?:{atom}{quantifier})";
        }
        return atom;
    }

    private string? Quantifier()
    {
        if (Take("*"))
            return "*";
        if (Take("+"))
            return "+";
        if (Take("?"))
            return "?";
        if (_pattern[_at] != '{')
            return null;
        var end = _pattern.IndexOf('}', _at);
        var bounds = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
        if (bounds.Length is 0 or > 2 || !bounds.All(b =>
            b.Length == 0 || ushort.TryParse(b, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            || bounds.All(b => b.Length == 0))
            return null; // a literal brace
        _at = end + 1;
        var least = bounds[0].Length == 0 ? "0" : bounds[0];
        return bounds.Length == 1 ? $"{{{least}}}" : $"{{{least},{bounds[1]}}}";
    }

    private string Atom()
    {
        if (Take("("))
            return Group();
        if (Take("["))
            return Placeholder(new CharacterClassReader(_pattern, _ignoreCase).Read(ref _at));
        if (Take("."))
            return Placeholder(CodePointSet.Of('\n').Invert());
        if (Take("^"))
            return $"(?<=\\A|{Newline})";
        if (Take("$"))
            return $"(?=\\z|{Newline})";
        if (_pattern[_at] == '\\')
            return Escape();
        if (_pattern[_at] is '*' or '+' or '?')
            throw Error($"the quantifier '{_pattern[_at]}' after nothing");
        Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var c, out var width);
        _at += width;
        return Literal(c.Value);
    }

    private string Newline => Placeholder(CodePointSet.Of('\n'));

    private string Group()
    {
        if (!Take("?"))
            return Close("(?:");
        foreach (var opening in (ReadOnlySpan<string>)[":", "=", "!", "<=", "<!", ">"])
            if (Take(opening))
                return Close($"(?{opening}");
        var (before, on) = (_ignoreCase, true);
        for (; More && _pattern[_at] is 'i' or '-' or 'm' or 'x'; _at++)
            if (_pattern[_at] == 'i')
                _ignoreCase = on;
            else if (_pattern[_at] == '-')
                on = false;
            else
                throw Error($"the option '{_pattern[_at]}'");
        if (Take(")"))
            return "(?:)"; // holds to the end of the enclosing group
        if (!Take(":"))
            throw Error("an unknown kind of group");
        var result = Close("(?:");
        _ignoreCase = before;
        return result;
    }

    private string Close(string opening)
    {
        var inside = Alternatives();
        return Take(")") ? $"{opening}{inside})" : throw Error("a group without its ')'");
    }

    private string Escape()
    {
        switch (_at + 1 < _pattern.Length ? _pattern[_at + 1] : '\0')
        {
            case 'A':
                _at += 2;
                return "\\A";
            case 'z':
                _at += 2;
                return "\\z";
            case 'Z':
                _at += 2;
                return $"(?={Newline}?\\z)";
            case 'b' or 'B':
                var word = Placeholder(CodePointProperties.Word);
                var inside = $"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))";
                return _pattern[(_at += 2) - 1] == 'B' ? inside : $"(?!{inside})";
            default:
                var set = CharacterClassReader.Escape(_pattern, ref _at, out var single);
                return single >= 0 ? Literal(single) : Placeholder(set);
        }
    }

    private string Literal(int c) => Placeholder(_ignoreCase ? CodePointSet.Of(c).WithCaseVariants() : CodePointSet.Of(c));

    private string Placeholder(CodePointSet set)
    {
        var index = _sets.FindIndex(known => known.Ranges.SequenceEqual(set.Ranges));
        if (index < 0)
        {
            index = _sets.Count;
            _sets.Add(set);
        }
        return index < 0x1000 ? ((char)(FirstPlaceholder + index)).ToString()
            : throw Error("more than 4096 different characters and classes");
    }

    private bool Take(string expected)
    {
        if (string.CompareOrdinal(_pattern, _at, expected, 0, expected.Length) != 0)
            return false;
        _at += expected.Length;
        return true;
    }

    private TokenizerFormatException Error(string what) => Error(_pattern, _at, what);

    public static TokenizerFormatException Error(string pattern, int at, string what) =>
        new($"the regular expression {Vocabulary.Show(pattern)} has, at character {at}, {what}");
}
