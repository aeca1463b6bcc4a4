namespace Trimtab.Models.Text;

/// <summary>
/// A tokenizer file is malformed, contradicts itself, or asks for something that is not supported. The message names file, field and
/// value.
/// </summary>
public sealed class TokenizerFormatException : FormatException
{
    /// <summary>Creates the error without a message; prefer the overload with one.</summary>
    public TokenizerFormatException()
    {
    }

    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong, what was given, what was expected.</param>
    public TokenizerFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its cause.</summary>
    /// <param name="message">What is wrong, what was given, what was expected.</param>
    /// <param name="innerException">The error underneath, from a JSON or regular-expression parser for example.</param>
    public TokenizerFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
