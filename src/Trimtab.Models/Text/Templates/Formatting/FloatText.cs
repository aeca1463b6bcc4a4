using System.Globalization;
using System.Numerics;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Floats as decimal text, the way Python writes them: shortest for repr, exactly rounded (half to even) for formats.</summary>
internal static class FloatText
{
    /// <summary>The shortest text that reads back as the same number: 2.5, 1e+16, nan.</summary>
    public static string Shortest(double number)
    {
        if (NotFinite(number) is { } name) return name;
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";
        var (digits, exponent) = Split(number.ToString("R", CultureInfo.InvariantCulture));
        var sign = number < 0 ? "-" : "";
        return sign + (exponent is >= -4 and < 16 ? Positional(digits, exponent) : Scientific(digits, exponent, "e"));
    }

    /// <summary>nan, inf or -inf; null for every other number.</summary>
    public static string? NotFinite(double number) =>
        double.IsNaN(number) ? "nan" : double.IsInfinity(number) ? number > 0 ? "inf" : "-inf" : null;

    /// <summary>The absolute value with a fixed count of decimals, as of <c>%.2f</c>.</summary>
    public static string Fixed(double number, int decimals)
    {
        var digits = RoundScaled(number, decimals).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : digits[..^decimals] + "." + digits[^decimals..];
    }

    /// <summary>The absolute value with one digit before the point, as of <c>%.2e</c>.</summary>
    public static string Exponent(double number, int decimals)
    {
        var (digits, exponent) = Significant(number, decimals + 1);
        return Scientific(digits, exponent, "e", keepZeros: true);
    }

    /// <summary>The absolute value with this many significant digits, positional or scientific by its size, as of <c>%g</c>.</summary>
    public static string General(double number, int significant, bool keepZeros = false, bool alwaysPoint = false)
    {
        significant = Math.Max(1, significant);
        var (digits, exponent) = Significant(number, significant);
        var limit = alwaysPoint ? significant - 1 : significant;
        if (!keepZeros) digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        if (exponent < -4 || exponent >= limit) return Scientific(digits, exponent, "e", keepZeros: true);
        return Positional(digits, exponent, alwaysPoint);
    }

    /// <summary>|number| times ten to the decimals, rounded half to even from the exact binary value.</summary>
    public static BigInteger RoundScaled(double number, int decimals)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
        var biased = (int)(bits >> 52);
        BigInteger numerator = (bits & ((1L << 52) - 1)) | (biased == 0 ? 0 : 1L << 52);
        var shift = Math.Max(biased, 1) - 1075;
        var denominator = BigInteger.One;
        if (decimals >= 0) numerator *= BigInteger.Pow(10, decimals);
        else denominator = BigInteger.Pow(10, -decimals);
        if (shift >= 0) numerator <<= shift;
        else denominator <<= -shift;
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        var half = (rest << 1).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0) return (new string('0', count), 0);
        // The logarithm may be off by one at powers of ten, and rounding may carry into one digit more.
        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(number)));
        while (true)
        {
            var digits = RoundScaled(number, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count) return (digits, exponent);
            exponent += digits.Length > count ? 1 : -1;
        }
    }

    // The library's shortest text, which is positional or scientific as it likes, as digits d.ddd times ten to the exponent.
    private static (string Digits, int Exponent) Split(string shortest)
    {
        var text = shortest.TrimStart('-');
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = mark < 0 ? 0 : int.Parse(text[(mark + 1)..], CultureInfo.InvariantCulture);
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa.Length : point;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        return (digits.Length == 0 ? "0" : digits, exponent + whole - 1 - leading);
    }

    private static string Positional(string digits, int exponent, bool alwaysPoint = true)
    {
        if (exponent < 0) return "0." + new string('0', -exponent - 1) + digits;
        if (exponent >= digits.Length - 1) return digits.PadRight(exponent + 1, '0') + (alwaysPoint ? ".0" : "");
        return digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    private static string Scientific(string digits, int exponent, string mark, bool keepZeros = false)
    {
        if (!keepZeros) digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        var sign = exponent < 0 ? "-" : "+";
        return digits[..1] + fraction + mark + sign + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
    }
}
