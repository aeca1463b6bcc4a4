namespace Trimtab.Models;

/// <summary>A checkpoint that cannot be loaded as it is: a configuration key or value that is not understood, a tensor that is missing, unknown or of another size.</summary>
public sealed class ModelFormatException : FormatException
{
    /// <summary>Creates the exception without a message.</summary>
    public ModelFormatException() { }

    /// <summary>Creates the exception. The message names the file, the key or tensor, and the value.</summary>
    public ModelFormatException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public ModelFormatException(string message, Exception innerException) : base(message, innerException) { }
}
