using System.Globalization;

namespace Trimtab.Tensors.Files;

/// <summary>
/// Parses the one Python literal that .npy headers hold: a dictionary with the keys descr (a string), fortran_order (a truth value) and shape (a tuple).
/// </summary>
internal sealed class NpyLiteral(string text, string path, string field)
{
    private int _at;

    public (string Descr, bool ColumnMajor, long[] Shape) Parse()
    {
        string? descr = null;
        bool? columnMajor = null;
        long[]? shape = null;
        Expect('{');
        while (!TryTake('}'))
        {
            string key = Quoted();
            Expect(':');
            switch (key)
            {
                case "descr" when descr is null: descr = Quoted(); break;
                case "fortran_order" when columnMajor is null: columnMajor = Truth(); break;
                case "shape" when shape is null: shape = Tuple(); break;
                default: throw Wrong($"the key '{key}'", "descr, fortran_order and shape, once each");
            }
            if (!TryTake(','))
            {
                Expect('}');
                break;
            }
        }
        if (text[_at..].Trim().Length > 0)
            throw Wrong($"'{text[_at..]}' after the dictionary", "only white space");
        if (descr is null || columnMajor is null || shape is null)
            throw Wrong("incomplete", "descr, fortran_order and shape");
        return (descr, columnMajor.Value, shape);
    }

    private long[] Tuple()
    {
        var sizes = new List<long>();
        Expect('(');
        while (!TryTake(')'))
        {
            sizes.Add(Number());
            if (!TryTake(','))
            {
                Expect(')');
                break;
            }
        }
        return [.. sizes];
    }

    private long Number()
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && (text[_at] == '-' || char.IsAsciiDigit(text[_at])))
            _at++;
        string digits = text[start.._at];
        if (_at < text.Length && text[_at] == 'L')
            _at++; // Python 2 wrote long integers so.
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long size) && size >= 0
            ? size
            : throw Wrong($"the size '{(digits.Length > 0 ? digits : Rest())}'", "a whole number from 0 to 2⁶³ − 1");
    }

    private bool Truth()
    {
        SkipSpace();
        foreach (string word in (string[])["True", "False"])
            if (text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                _at += word.Length;
                return word == "True";
            }
        throw Wrong($"'{Rest()}'", "True or False");
    }

    private string Quoted()
    {
        SkipSpace();
        if (_at == text.Length || text[_at] is not ('\'' or '"'))
            throw Wrong($"'{Rest()}'", "a string; arrays of records and objects are not read");
        int end = text.IndexOf(text[_at], _at + 1);
        if (end < 0)
            throw Wrong($"'{Rest()}'", "a closing quote");
        string quoted = text[(_at + 1)..end];
        _at = end + 1;
        return quoted;
    }

    private void Expect(char expected)
    {
        if (!TryTake(expected))
            throw Wrong($"'{Rest()}'", $"'{expected}'");
    }

    private bool TryTake(char expected)
    {
        SkipSpace();
        if (_at == text.Length || text[_at] != expected)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is ' ' or '\n' or '\t' or '\r')
            _at++;
    }

    private string Rest() => text[_at..];

    private TensorFileException Wrong(string value, string expected) => new(path, field, value, $"expected {expected}");
}
