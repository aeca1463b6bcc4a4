using System.Globalization;
using System.Text;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>Cuts what stands inside <c>{{ }}</c> and <c>{% %}</c> into tokens.</summary>
internal sealed class ExpressionLexer(string source, List<Token> tokens)
{
    // Longer signs first: // must not be read as two divisions.
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=",
        "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly Stack<char> _open = new();
    private int _position;
    private int _line;

    /// <summary>
    /// Reads up to the closing mark, which stays unread with its sign. Inside brackets the mark is not one: <c>{{ {'a': {}} }}</c>.
    /// </summary>
    public void Run(ref int position, ref int line, string mark)
    {
        (_position, _line) = (position, line);
        while (!AtMark(mark))
        {
            if (_position >= source.Length) throw Fault.Syntax($"unexpected end of template, expected '{mark}'", _line);
            if (Characters.IsSpace(source[_position])) Space();
            else if (char.IsAsciiDigit(source[_position])) Number();
            else if (IsNameStart(_position)) Name();
            else if (source[_position] is '"' or '\'') String();
            else Operator();
        }
        (position, line) = (_position, _line);
    }

    private bool AtMark(string mark)
    {
        if (_open.Count > 0) return false;
        var sign = _position < source.Length && (source[_position] == '-' || (source[_position] == '+' && mark == "%}")) ? 1 : 0;
        return source.AsSpan(_position + sign).StartsWith(mark, StringComparison.Ordinal);
    }

    private void Space()
    {
        if (source[_position++] == '\n') _line++;
    }

    private void Add(TokenKind kind, string text) => tokens.Add(new Token(kind, text, _line));

    private void Name()
    {
        var start = _position;
        while (_position < source.Length && IsNamePart(_position)) _position += char.IsSurrogatePair(source, _position) ? 2 : 1;
        Add(TokenKind.Name, source[start.._position]);
    }

    private bool IsNameStart(int i) => Rune.TryGetRuneAt(source, i, out var rune) && Characters.IsNameStart(rune);

    private bool IsNamePart(int i) => Rune.TryGetRuneAt(source, i, out var rune) && Characters.IsNamePart(rune);

    private void Number()
    {
        var start = _position;
        if (source[start] == '0' && start + 1 < source.Length && Base(source[start + 1]) is { } digits)
        {
            _position += 2;
            if (_position < source.Length && source[_position] == '_') _position++;
            if (_position == source.Length || !digits(source[_position]))
                throw Fault.Syntax("a number has no digits after its prefix", _line);
            Digits(digits);
            Add(TokenKind.Integer, Bare(start));
            return;
        }
        Digits(char.IsAsciiDigit);
        // 'a.1.5' is item 1, then item 5: only what no point precedes can have a fraction.
        var afterPoint = start > 0 && source[start - 1] == '.';
        var isFloat = !afterPoint && (Fraction() | Exponent());
        if (!isFloat && source[start] == '0' && source.AsSpan(start.._position).ContainsAnyInRange('1', '9'))
            throw Fault.Syntax($"the integer '{source[start.._position]}' begins with zero", _line);
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, Bare(start));
    }

    private string Bare(int start) => source[start.._position].Replace("_", "", StringComparison.Ordinal);

    private static Func<char, bool>? Base(char letter) => letter switch
    {
        'x' or 'X' => char.IsAsciiHexDigit,
        'o' or 'O' => digit => digit is >= '0' and <= '7',
        'b' or 'B' => digit => digit is '0' or '1',
        _ => null,
    };

    // Underscores may stand between digits, one at a time.
    private void Digits(Func<char, bool> isDigit)
    {
        while (_position < source.Length)
            if (isDigit(source[_position])) _position++;
            else if (source[_position] == '_' && _position + 1 < source.Length && isDigit(source[_position + 1])) _position += 2;
            else return;
    }

    private bool Fraction()
    {
        if (_position + 1 >= source.Length || source[_position] != '.' || !char.IsAsciiDigit(source[_position + 1])) return false;
        _position++;
        Digits(char.IsAsciiDigit);
        return true;
    }

    private bool Exponent()
    {
        if (_position >= source.Length || source[_position] is not ('e' or 'E')) return false;
        var digits = _position + 1;
        if (digits < source.Length && source[digits] is '+' or '-') digits++;
        if (digits >= source.Length || !char.IsAsciiDigit(source[digits])) return false;
        _position = digits;
        Digits(char.IsAsciiDigit);
        return true;
    }

    private void String()
    {
        var (quote, start) = (source[_position], _position + 1);
        for (var i = start; i < source.Length; i++)
        {
            if (source[i] == '\\') i++;
            else if (source[i] == quote)
            {
                Add(TokenKind.String, Unescape(source[start..i]));
                _line += source.AsSpan(start..i).Count('\n');
                _position = i + 1;
                return;
            }
        }
        throw Fault.Syntax($"unexpected char {quote} — the text it begins has no end", _line);
    }

    // Python's escapes; a backslash before any other character stays.
    private string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }
            switch (text[++i])
            {
                case '\n': break;
                case '\\' or '\'' or '"': result.Append(text[i]); break;
                case 'n': result.Append('\n'); break;
                case 't': result.Append('\t'); break;
                case 'r': result.Append('\r'); break;
                case 'a': result.Append('\a'); break;
                case 'b': result.Append('\b'); break;
                case 'f': result.Append('\f'); break;
                case 'v': result.Append('\v'); break;
                case 'x': Hex(text, ref i, 2, result); break;
                case 'u': Hex(text, ref i, 4, result); break;
                case 'U': Hex(text, ref i, 8, result); break;
                case 'N': throw Fault.Syntax(@"characters by name (\N) are not supported. Write \u with the code point.", _line);
                case >= '0' and <= '7': Octal(text, ref i, result); break;
                default: result.Append('\\').Append(text[i]); break;
            }
        }
        return result.ToString();
    }

    private void Hex(string text, ref int i, int digits, StringBuilder result)
    {
        if (i + digits >= text.Length
            || !uint.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code > 0x10FFFF)
            throw Fault.Syntax($@"the escape \{text[i]} needs {digits} hexadecimal digits of a character", _line);
        i += digits;
        if (code < 0x10000) result.Append((char)code);
        else result.Append(new Rune(code).ToString());
    }

    private static void Octal(string text, ref int i, StringBuilder result)
    {
        var code = 0;
        var end = Math.Min(text.Length, i + 3);
        for (; i < end && text[i] is >= '0' and <= '7'; i++) code = code * 8 + text[i] - '0';
        i--;
        result.Append((char)code);
    }

    private void Operator()
    {
        var sign = Array.Find(Operators, sign => source.AsSpan(_position).StartsWith(sign, StringComparison.Ordinal))
            ?? throw Fault.Syntax($"unexpected char '{source[_position]}'", _line);
        if (sign is "(" or "[" or "{") _open.Push(sign switch { "(" => ')', "[" => ']', _ => '}' });
        if (sign is ")" or "]" or "}" && (!_open.TryPop(out var expected) || expected != sign[0]))
            throw Fault.Syntax($"unexpected '{sign}'" + (expected == 0 ? "" : $", expected '{expected}'"), _line);
        Add(TokenKind.Operator, sign);
        _position += sign.Length;
    }
}
