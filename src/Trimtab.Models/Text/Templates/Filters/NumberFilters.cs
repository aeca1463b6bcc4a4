using System.Globalization;
using System.Numerics;
using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Filters about numbers, and the readings of text as numbers.</summary>
internal static class NumberFilters
{
    private const int MaxDigits = 4_300;

    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["abs"] = new("", (_, v, _) => Absolute(v)),
        ["filesizeformat"] = new("binary?", (run, v, a) => new StringValue(FileSize(ToFloat(v) ?? throw NotANumber(v), a.Flag(0)))),
        ["float"] = new("default?", (_, v, a) => ToFloat(v) is { } number ? new FloatValue(number) : a[0] ?? new FloatValue(0)),
        ["int"] = new("default?, base?", (_, v, a) =>
            ToInteger(v, a.Integer(1, 10)) is { } number ? new IntValue(number) : a[0] ?? new IntValue(0)),
        ["round"] = new("precision?, method?", Round),
    };

    private static Value Absolute(Value value) => value switch
    {
        FloatValue number => new FloatValue(Math.Abs(number.Number)),
        _ when Numbers.TryInteger(value, out var number) => new IntValue(BigInteger.Abs(number)),
        _ => throw NotANumber(value),
    };

    private static ChatTemplateException NotANumber(Value value) =>
        (value as UndefinedValue)?.Error() ?? Fault.Runtime($"a number is needed, not {value.TypeName}");

    private static BigInteger? ToInteger(Value value, long radix)
    {
        if (Numbers.TryInteger(value, out var whole)) return whole;
        if (value is StringValue text && ParseInteger(text.Text, radix) is { } parsed) return parsed;
        return ToFloat(value) is { } number && double.IsFinite(number) ? new BigInteger(number) : null;
    }

    private static double? ToFloat(Value value) => value switch
    {
        UndefinedValue missing => throw missing.Error(),
        StringValue text => ParseFloat(text.Text),
        _ => Numbers.TryDouble(value, out var number) ? number : null,
    };

    private static double? ParseFloat(string text)
    {
        text = Stripped(text);
        var body = text.TrimStart('+', '-');
        if (text.Length - body.Length > 1) return null;
        var sign = text.StartsWith('-') ? -1 : 1;
        if (body.Equals("inf", StringComparison.OrdinalIgnoreCase) || body.Equals("infinity", StringComparison.OrdinalIgnoreCase))
            return sign * double.PositiveInfinity;
        if (body.Equals("nan", StringComparison.OrdinalIgnoreCase)) return double.NaN;
        if (WithoutUnderscores(body) is not { Length: > 0 } digits || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.')) return null;
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(digits, style, CultureInfo.InvariantCulture, out var number) ? sign * number : null;
    }

    private static BigInteger? ParseInteger(string text, long radix)
    {
        if (radix != 0 && radix is < 2 or > 36) return null;
        text = Stripped(text);
        var negative = text.StartsWith('-');
        if (text.StartsWith('+') || negative) text = text[1..];
        var prefix = text is ['0', var letter, ..] ? char.ToLowerInvariant(letter) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefix > 0 && (radix == prefix || radix == 0)) (text, radix) = (text[2..].StartsWith('_') ? text[3..] : text[2..], prefix);
        if (radix == 0) radix = text.StartsWith('0') && text.AsSpan().ContainsAnyExcept("0_") ? -1 : 10;
        if (WithoutUnderscores(text) is not { Length: > 0 and <= MaxDigits } digits || radix < 0) return null;
        var number = BigInteger.Zero;
        foreach (var digit in digits)
        {
            var worth = char.IsDigit(digit) ? CharUnicodeInfo.GetDecimalDigitValue(digit)
                : char.IsAsciiLetter(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : int.MaxValue;
            if (worth >= radix) return null;
            number = number * radix + worth;
        }
        return negative ? -number : number;
    }

    private static string Stripped(string text) => StringMethods.Strip(new StringValue(text), null, left: true, right: true).Text;

    // One at a time, between digits.
    private static string? WithoutUnderscores(string text) =>
        text.StartsWith('_') || text.EndsWith('_') || text.Contains("__", StringComparison.Ordinal)
            ? null
            : text.Replace("_", "", StringComparison.Ordinal);

    private static Value Round(Interpreter run, Value value, Bound arguments)
    {
        var (precision, method) = (arguments.Integer(0, 0), arguments.Text(1, "common"));
        if (method is not ("common" or "ceil" or "floor")) throw Fault.Runtime("method must be common, ceil or floor");
        if (!Numbers.TryDouble(value, out var number)) throw NotANumber(value);
        if (method != "common")
        {
            var scale = Math.Pow(10, precision);
            return new FloatValue((method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale)) / scale);
        }
        if (Numbers.TryInteger(value, out var whole)) return new IntValue(RoundInteger(whole, precision));
        return new FloatValue(RoundFloat(number, precision));
    }

    private static BigInteger RoundInteger(BigInteger number, long precision)
    {
        if (precision >= 0) return number;
        if (-precision > MaxDigits) return BigInteger.Zero;
        var unit = BigInteger.Pow(10, (int)-precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out var rest);
        var half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient++;
        return quotient * unit * number.Sign;
    }

    // Through decimal text, for a scaled double has been rounded already. Beyond these precisions nothing, or everything, is rounded off.
    private static double RoundFloat(double number, long precision)
    {
        if (!double.IsFinite(number) || precision > 323) return number;
        if (precision < -308) return 0 * number;
        var digits = FloatText.RoundScaled(number, (int)precision).ToString(CultureInfo.InvariantCulture);
        var rounded = double.Parse($"{digits}e{-precision}", CultureInfo.InvariantCulture);
        return double.IsNegative(number) ? -rounded : rounded;
    }

    private static string FileSize(double bytes, bool binary)
    {
        var unit = binary ? 1024.0 : 1000.0;
        if (bytes == 1) return "1 Byte";
        if (bytes < unit) return new BigInteger(bytes).ToString(CultureInfo.InvariantCulture) + " Bytes";
        var (prefixes, power) = ("kMGTPEZY", 1);
        while (power < prefixes.Length && bytes >= Math.Pow(unit, power + 1)) power++;
        var prefix = binary ? char.ToUpperInvariant(prefixes[power - 1]) + "i" : prefixes[power - 1].ToString();
        return FloatText.Fixed(bytes / Math.Pow(unit, power), 1) + $" {prefix}B";
    }
}
