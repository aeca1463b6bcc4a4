using System.Globalization;
using System.Text;

namespace Trimtab.Steering;

/// <summary>A steering vector, or a file of one, that does not hold what it must: mixed sizes, values that are no numbers, an unknown version or numbering.</summary>
public sealed class VectorFormatException : FormatException
{
    private const int LongestValue = 160;

    /// <summary>Creates the exception without a message.</summary>
    public VectorFormatException() { }

    /// <summary>Creates the exception.</summary>
    public VectorFormatException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public VectorFormatException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>Creates the exception from its parts; the message reads "source: field is value — expected.".</summary>
    /// <param name="source">The file or vector.</param>
    /// <param name="field">What of it is wrong.</param>
    /// <param name="value">What it is. Text of a hostile file is shortened and its control characters are masked.</param>
    /// <param name="expected">What was expected or what to do, without the full stop.</param>
    /// <param name="cause">The exception that revealed it, where there is one.</param>
    public VectorFormatException(string source, string field, object? value, string expected, Exception? cause = null)
        : base($"{source}: {Excerpt(field)} is {Excerpt(value)} — {expected}.", cause) { }

    /// <summary>Names and values come from files that nobody vouches for: a message must stay one short printable line.</summary>
    internal static string Excerpt(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        var shown = new StringBuilder();
        foreach (char c in text.Length > LongestValue ? text.AsSpan(0, LongestValue) : text)
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '·' : c);
        return text.Length > LongestValue ? $"{shown}… ({text.Length} characters)" : shown.ToString();
    }
}
