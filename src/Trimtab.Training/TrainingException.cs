namespace Trimtab.Training;

/// <summary>A training run cannot go on: its numbers are no numbers, its data or checkpoint do not fit it, or it does not fit the machine.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>An error without a message.</summary>
    public TrainingException() { }

    /// <summary>An error that says what is wrong, what was expected and what to do.</summary>
    public TrainingException(string message) : base(message) { }

    /// <summary>An error with its cause.</summary>
    public TrainingException(string message, Exception innerException) : base(message, innerException) { }
}
