using System.Numerics;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Python's <c>'%s and %d' % values</c>.</summary>
internal sealed class PercentFormat
{
    private readonly string _format;
    private readonly Value _values;
    private readonly Budget _budget;
    private readonly Func<Value, string> _text;
    private readonly BoundedText _result;
    private int _position;
    private int _taken;

    private PercentFormat(string format, Value values, Func<Value, string> text, Budget budget)
    {
        (_format, _values, _text, _budget, _result) = (format, values, text, budget, new BoundedText(budget));
    }

    /// <summary>Fills the places of a format. A tuple gives one value for each place, a dict the named ones, all else one value.</summary>
    /// <param name="format">The text with places.</param>
    /// <param name="values">What fills them.</param>
    /// <param name="text">What stands for a value at <c>%s</c>; markup escapes it.</param>
    /// <param name="budget">What pays.</param>
    public static string Apply(string format, Value values, Func<Value, string> text, Budget budget) =>
        new PercentFormat(format, values, text, budget).Run();

    private string Run()
    {
        while (_position < _format.Length)
        {
            var next = _format.IndexOf('%', _position);
            if (next < 0) next = _format.Length;
            _result.Add(_format.AsSpan(_position..next));
            _position = next + 1;
            if (next < _format.Length) Place();
        }
        // Whatever has items by keys may stay unused, for a format need not name all of them.
        var unused = _values is TupleValue tuple
            ? _taken < tuple.Items.Count
            : _taken == 0 && _values is not (DictValue or ListValue or RangeValue or UndefinedValue);
        return unused ? throw Fault.Runtime("not all arguments converted during string formatting") : _result.ToString();
    }

    private void Place()
    {
        _budget.Step();
        var named = Key();
        var flags = Flags();
        var width = Size();
        long? precision = null;
        if (Peek == '.')
        {
            _position++;
            precision = Size() ?? 0;
        }
        while (Peek is 'l' or 'h' or 'L') _position++;
        var type = Peek ?? throw Fault.Runtime("incomplete format");
        _position++;
        if (width < 0) (width, flags) = (-width, flags + "-");
        if (type == '%') _result.Add('%');
        else Pad(Convert(type, named ?? Next(), precision, flags), width ?? 0, flags, isNumber: type is not ('s' or 'r' or 'a' or 'c'));
    }

    private char? Peek => _position < _format.Length ? _format[_position] : null;

    private Value? Key()
    {
        if (Peek != '(') return null;
        var close = _format.IndexOf(')', _position);
        if (close < 0) throw Fault.Runtime("incomplete format key");
        if (_values is not DictValue dict) throw Fault.Runtime("format requires a mapping");
        var name = _format[(_position + 1)..close];
        _position = close + 1;
        return dict.GetItem(new StringValue(name), _budget) ?? throw Fault.Runtime($"KeyError: '{name}'");
    }

    private string Flags()
    {
        var start = _position;
        while (Peek is '-' or '+' or ' ' or '#' or '0') _position++;
        return _format[start.._position];
    }

    private long? Size()
    {
        if (Peek == '*')
        {
            _position++;
            return Numbers.ToLong(Next(), "* wants int");
        }
        var start = _position;
        while (Peek is >= '0' and <= '9') _position++;
        return start == _position ? null : FormatSpec.Size(_format[start.._position]);
    }

    private Value Next()
    {
        if (_values is TupleValue tuple)
            return _taken < tuple.Items.Count ? tuple.Items[_taken++] : throw Fault.Runtime("not enough arguments for format string");
        return _taken++ == 0 ? _values : throw Fault.Runtime("not enough arguments for format string");
    }

    private (string Sign, string Digits) Convert(char type, Value value, long? precision, string flags)
    {
        var layout = new NumberLayout
        {
            Type = type,
            Precision = precision,
            Sign = flags.Contains('+', StringComparison.Ordinal) ? '+' : flags.Contains(' ', StringComparison.Ordinal) ? ' ' : '-',
            Alternate = flags.Contains('#', StringComparison.Ordinal),
        };
        return type switch
        {
            's' => ("", FormatSpec.Cut(_text(value), precision)),
            'r' => ("", FormatSpec.Cut(Repr.Of(value, _budget), precision)),
            'a' => ("", FormatSpec.Cut(FormatSpec.Ascii(value, _budget), precision)),
            'c' => ("", FormatSpec.Character(value)),
            'd' or 'i' or 'u' => WithZeros(layout.Layout(Whole(value, type)), precision),
            'x' or 'X' or 'o' => WithZeros(layout.Layout(Integer(value, type)), precision),
            'e' or 'E' or 'f' or 'F' or 'g' or 'G' => layout.Layout(NumberLayout.ToDouble(value)),
            _ => throw Fault.Runtime($"unsupported format character '{type}' (0x{(int)type:x}) at index {_position - 1}"),
        };
    }

    private (string Sign, string Digits) WithZeros((string Sign, string Digits) number, long? precision)
    {
        if (precision is not { } count || count <= number.Digits.Length) return number;
        _budget.Text(count);
        return (number.Sign, number.Digits.PadLeft((int)count, '0'));
    }

    private void Pad((string Sign, string Digits) text, long width, string flags, bool isNumber)
    {
        var missing = width - text.Sign.Length - new StringValue(text.Digits).Length!.Value;
        var left = flags.Contains('-', StringComparison.Ordinal);
        var zeros = isNumber && !left && flags.Contains('0', StringComparison.Ordinal);
        if (!left && !zeros) _result.Add(' ', missing);
        _result.Add(text.Sign);
        if (zeros) _result.Add('0', missing);
        _result.Add(text.Digits);
        if (left) _result.Add(' ', missing);
    }

    // %d cuts a float's decimals off; %x does not take floats.
    private static BigInteger Whole(Value value, char type) => value is FloatValue { Number: var number }
        ? double.IsFinite(number)
            ? new BigInteger(number)
            : throw Fault.Runtime($"cannot convert float {FloatText.NotFinite(number)} to integer")
        : Integer(value, type);

    private static BigInteger Integer(Value value, char type) => Numbers.TryInteger(value, out var number)
        ? number
        : throw (value as UndefinedValue)?.Error() ?? Fault.Runtime($"%{type} format: a real number is required, not {value.TypeName}");
}
