using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Python's strftime for a local time without a zone, in the C locale.</summary>
internal static class ClockText
{
    public static string Format(DateTime time, string format, Budget budget)
    {
        budget.Text(format.Length);
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            // glibc's flags: '-' drops padding, '_' pads with spaces, '0' with zeros, '^' makes capitals.
            var hasFlag = format[++i] is '-' or '_' or '0' or '^';
            var flag = hasFlag && i + 1 < format.Length ? format[i++] : (char?)null;
            text.Append(Padded(Field(time, format[i]), flag));
        }
        return text.ToString();
    }

    private static string Padded(string field, char? flag)
    {
        if (flag == '^') return field.ToUpperInvariant();
        if (flag is null || field.Length < 2 || !field.All(c => char.IsAsciiDigit(c) || c == ' ')) return field;
        var bare = field.TrimStart('0', ' ') is { Length: > 0 } digits ? digits : "0";
        return flag == '-' ? bare : bare.PadLeft(field.Length, flag == '_' ? ' ' : '0');
    }

    private static string Field(DateTime time, char letter) => letter switch
    {
        'a' => Named(time, "ddd"),
        'A' => Named(time, "dddd"),
        'b' or 'h' => Named(time, "MMM"),
        'B' => Named(time, "MMMM"),
        'c' => $"{Named(time, "ddd MMM")} {time.Day,2} {Named(time, "HH:mm:ss yyyy")}",
        'C' => Two(time.Year / 100),
        'd' => Two(time.Day),
        'D' or 'x' => Named(time, "MM/dd/yy"),
        'e' => $"{time.Day,2}",
        'f' => Named(time, "ffffff"),
        'F' => Named(time, "yyyy-MM-dd"),
        'g' => Two(ISOWeek.GetYear(time) % 100),
        'G' => ISOWeek.GetYear(time).ToString("0000", CultureInfo.InvariantCulture),
        'H' => Two(time.Hour),
        'I' => Two((time.Hour + 11) % 12 + 1),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'k' => $"{time.Hour,2}",
        'l' => $"{(time.Hour + 11) % 12 + 1,2}",
        'm' => Two(time.Month),
        'M' => Two(time.Minute),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => $"{Two((time.Hour + 11) % 12 + 1)}:{Named(time, "mm:ss")} {(time.Hour < 12 ? "AM" : "PM")}",
        'R' => Named(time, "HH:mm"),
        's' => ((long)(time - DateTime.UnixEpoch).TotalSeconds).ToString(CultureInfo.InvariantCulture),
        'S' => Two(time.Second),
        't' => "\t",
        'T' or 'X' => Named(time, "HH:mm:ss"),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'U' => Two((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7),
        'V' => Two(ISOWeek.GetWeekOfYear(time)),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'W' => Two((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7),
        'y' => Two(time.Year % 100),
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        'z' or 'Z' => "",
        '%' => "%",
        _ => "%" + letter,
    };

    private static string Named(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
