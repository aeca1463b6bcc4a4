using System.Globalization;
using System.Numerics;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>How a number is to look: what <c>%+08.2f</c> and <c>{:+08.2f}</c> have in common.</summary>
internal sealed record NumberLayout
{
    private const int MaxPrecision = 5_000;

    /// <summary>The letter that chooses the notation; null chooses repr's.</summary>
    public char? Type { get; init; }

    /// <summary>Digits after the point, or significant digits of <c>g</c>; null for the default of six.</summary>
    public long? Precision { get; init; }

    /// <summary>'+' or ' ' to mark positive numbers, '-' to mark negative ones only.</summary>
    public char Sign { get; init; } = '-';

    /// <summary>Shows the base (0x) and keeps the zeros of <c>g</c>.</summary>
    public bool Alternate { get; init; }

    /// <summary>The character between groups of digits, if any.</summary>
    public char? Grouping { get; init; }

    /// <summary>The sign (with the base) and the digits of a float.</summary>
    public (string Sign, string Digits) Layout(double number)
    {
        if (Precision > MaxPrecision) throw Fault.Limit($"a number with more than {MaxPrecision} digits");
        var places = (int)(Precision ?? 6);
        var digits = FloatText.NotFinite(number)?.TrimStart('-') ?? char.ToLowerInvariant(Type ?? ' ') switch
        {
            'f' => FloatText.Fixed(number, places),
            'e' => FloatText.Exponent(number, places),
            'g' or 'n' => FloatText.General(number, places, Alternate),
            '%' => FloatText.Fixed(number * 100, places) + "%",
            _ when Precision is null => FloatText.Shortest(Math.Abs(number)),
            _ => FloatText.General(number, places, alwaysPoint: true),
        };
        if (Type is { } type && char.IsUpper(type)) digits = digits.ToUpperInvariant();
        return (SignOf(double.IsNegative(number) && !double.IsNaN(number)), Group(digits, 3));
    }

    /// <summary>The sign (with the base) and the digits of an integer.</summary>
    public (string Sign, string Digits) Layout(BigInteger number)
    {
        var size = BigInteger.Abs(number);
        var (prefix, digits, group) = Type switch
        {
            'x' => ("0x", Hex(size), 4),
            'X' => ("0X", Hex(size).ToUpperInvariant(), 4),
            'o' => ("0o", InBase(size, 3), 4),
            'b' => ("0b", Significant(size.ToString("b", CultureInfo.InvariantCulture)), 4),
            _ => ("", size.ToString(CultureInfo.InvariantCulture), 3),
        };
        return (SignOf(number.Sign < 0) + (Alternate ? prefix : ""), Group(digits, group));
    }

    private string SignOf(bool negative) => negative ? "-" : Sign == '-' ? "" : Sign.ToString();

    private static string Hex(BigInteger size) => Significant(size.ToString("x", CultureInfo.InvariantCulture));

    // The library may put zeros before the digits.
    private static string Significant(string digits) => digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0";

    private static string InBase(BigInteger size, int bits)
    {
        var digits = new Stack<char>();
        for (; !size.IsZero || digits.Count == 0; size >>= bits)
            digits.Push((char)('0' + (int)(size & ((1 << bits) - 1))));
        return string.Concat(digits);
    }

    private string Group(string digits, int size)
    {
        if (Grouping is not { } separator) return digits;
        var end = Type is 'x' or 'X' ? -1 : digits.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (end < 0) end = digits.Length;
        var (result, between) = (digits[end..], "");
        for (; end > 0; end -= size)
        {
            result = digits[Math.Max(0, end - size)..end] + between + result;
            between = separator.ToString();
        }
        return result;
    }

    /// <summary>A value as the float that a float notation needs.</summary>
    public static double ToDouble(Value value) => Numbers.TryDouble(value, out var number)
        ? number
        : throw (value as UndefinedValue)?.Error() ?? Fault.Runtime($"must be real number, not {value.TypeName}");
}
