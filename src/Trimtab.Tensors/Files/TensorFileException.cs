using System.Globalization;
using System.Text;

namespace Trimtab.Tensors.Files;

/// <summary>
/// A weight file that is truncated, damaged, lying or of an unsupported kind. One exception names the file, the field that is wrong, the value it
/// holds and what was expected instead.
/// </summary>
public sealed class TensorFileException : IOException
{
    private const int LongestValue = 120;

    /// <summary>Creates the exception without a message.</summary>
    public TensorFileException() { }

    /// <summary>Creates the exception. The message reads: file: field is value — expected what.</summary>
    public TensorFileException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public TensorFileException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>Creates the exception from its parts; the message reads "path: field is value — expected …".</summary>
    /// <param name="path">The file, as its path was given.</param>
    /// <param name="field">What in the file is wrong, in the words of its format.</param>
    /// <param name="value">What the field holds. Text of a hostile file is shortened and its control characters are masked.</param>
    /// <param name="expected">What was expected, as a sentence or clause without a full stop, and where it helps what to do.</param>
    /// <param name="cause">The exception that revealed it, where there is one.</param>
    public TensorFileException(string path, string field, object? value, string expected, Exception? cause = null)
        : base($"{path}: {Show(field)} is {Show(value)} — {expected}.", cause) =>
        (FilePath, Field, Value) = (path, field, Show(value));

    /// <summary>The file, as its path was given; empty where only a message was given.</summary>
    public string FilePath { get; } = "";

    /// <summary>The field that is wrong.</summary>
    public string Field { get; } = "";

    /// <summary>The value it holds, as the message shows it.</summary>
    public string Value { get; } = "";

    // Names and values come from files that nobody vouches for: a message must stay one short printable line.
    private static string Show(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        var shown = new StringBuilder();
        foreach (char c in text.Length > LongestValue ? text.AsSpan(0, LongestValue) : text)
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '·' : c);
        return text.Length > LongestValue ? $"{shown}… ({text.Length} characters)" : shown.ToString();
    }
}
