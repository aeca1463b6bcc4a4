namespace Trimtab.Tensors;

/// <summary>A tensor operation that was asked for something impossible: sizes that do not fit, a wrong element type, memory already given back.</summary>
public sealed class TensorException : InvalidOperationException
{
    /// <summary>Creates the exception without a message.</summary>
    public TensorException() { }

    /// <summary>Creates the exception. The message reads: operation: what is wrong — what was given, what was expected. What to do.</summary>
    public TensorException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public TensorException(string message, Exception innerException) : base(message, innerException) { }
}
