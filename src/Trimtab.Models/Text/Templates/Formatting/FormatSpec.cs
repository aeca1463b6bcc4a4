using System.Globalization;
using System.Text;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>The part of <c>'{:>8.2f}'</c> after the colon: fill, alignment, sign, width, precision and notation of one value.</summary>
internal sealed class FormatSpec
{
    private readonly string _spec;
    private int _position;
    private char _fill = ' ';
    private char? _align;
    private bool _hasSign;
    private long _width;
    private NumberLayout _layout = new();

    private FormatSpec(string spec) => _spec = spec;

    /// <summary>The value's text under a specification; markup is escaped by <paramref name="text"/>.</summary>
    public static string Apply(Value value, string spec, Func<Value, string> text, Budget budget)
    {
        if (spec.Length == 0) return text(value);
        if (value is UndefinedValue missing) throw missing.Error();
        if (value is not StringValue && !Numbers.IsNumber(value))
            throw Fault.Runtime($"unsupported format string passed to {value.TypeName}.__format__");
        var format = new FormatSpec(spec);
        format.Read(value);
        return format.Write(value, text, budget);
    }

    /// <summary>A size written in a format: digits that may be many.</summary>
    public static long Size(string digits) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        ? size
        : throw Fault.Limit($"a width of {digits.Length} digits");

    /// <summary>The first code points of a text.</summary>
    public static string Cut(string text, long? precision)
    {
        var value = new StringValue(text);
        return precision is { } count && count < value.Length ? text[..value.OffsetOf(Math.Max(0, count))] : text;
    }

    /// <summary>repr with all but ASCII escaped.</summary>
    public static string Ascii(Value value, Budget budget) => value is StringValue text
        ? Repr.Quote(text.Text, budget, asciiOnly: true)
        : Repr.Of(value, budget);

    /// <summary>The character of a code point, or of a text that is one.</summary>
    public static string Character(Value value)
    {
        if (value is StringValue { Length: 1 } text) return text.Text;
        var code = Numbers.ToLong(value, "%c requires int or char");
        return code is >= 0 and < 0x11_0000
            ? code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : new Rune((int)code).ToString()
            : throw Fault.Runtime("%c arg not in range(0x110000)");
    }

    private void Read(Value value)
    {
        var hasFill = _spec.Length > 1 && _spec[1] is '<' or '>' or '=' or '^';
        if (hasFill) (_fill, _align, _position) = (_spec[0], _spec[1], 2);
        else if (Peek is '<' or '>' or '=' or '^') _align = _spec[_position++];
        if (Peek is '+' or '-' or ' ')
        {
            _layout = _layout with { Sign = _spec[_position++] };
            _hasSign = true;
        }
        if (Skip('#')) _layout = _layout with { Alternate = true };
        if (Skip('0')) (_fill, _align) = (hasFill ? _fill : '0', _align ?? (value is StringValue ? '<' : '='));
        _width = ReadSize() ?? 0;
        if (Peek is ',' or '_') _layout = _layout with { Grouping = _spec[_position++] };
        if (Skip('.')) _layout = _layout with { Precision = ReadSize() ?? throw Fault.Runtime("Format specifier missing precision") };
        if (_position < _spec.Length) _layout = _layout with { Type = _spec[_position++] };
        if (_position < _spec.Length)
            throw Fault.Runtime($"Invalid format specifier '{_spec}' for object of type '{value.TypeName}'");
    }

    private char? Peek => _position < _spec.Length ? _spec[_position] : null;

    private bool Skip(char character)
    {
        if (Peek != character) return false;
        _position++;
        return true;
    }

    private long? ReadSize()
    {
        var start = _position;
        while (Peek is >= '0' and <= '9') _position++;
        return start == _position ? null : Size(_spec[start.._position]);
    }

    private string Write(Value value, Func<Value, string> text, Budget budget)
    {
        var (sign, body) = value is StringValue ? ("", Plain(value, text)) : Number(value);
        var missing = _width - sign.Length - new StringValue(body).Length!.Value;
        var align = _align ?? (value is StringValue ? '<' : '>');
        var before = align switch { '>' => missing, '^' => missing / 2, _ => 0 };
        var result = new BoundedText(budget);
        result.Add(_fill, before).Add(sign);
        if (align == '=') result.Add(_fill, missing);
        result.Add(body);
        if (align is '<' or '^') result.Add(_fill, missing - before);
        return result.ToString();
    }

    private string Plain(Value value, Func<Value, string> text)
    {
        if (_hasSign || _align == '=' || _layout.Type is not (null or 's'))
            throw Fault.Runtime($"Unknown format code '{_layout.Type ?? _align ?? _layout.Sign}' for object of type 'str'");
        return Cut(text(value), _layout.Precision);
    }

    private (string Sign, string Digits) Number(Value value)
    {
        switch (_layout.Type)
        {
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%':
                return _layout.Layout(NumberLayout.ToDouble(value));
            case null or 'n' when value is FloatValue number:
                return _layout.Layout(number.Number);
            case 'c' when value is not FloatValue:
                return ("", Character(value));
            case null or 'd' or 'n' or 'x' or 'X' or 'o' or 'b' when Numbers.TryInteger(value, out var whole):
                if (_layout.Precision is not null) throw Fault.Runtime("Precision not allowed in integer format specifier");
                return _layout.Layout(whole);
            default:
                throw Fault.Runtime($"Unknown format code '{_layout.Type}' for object of type '{value.TypeName}'");
        }
    }
}
