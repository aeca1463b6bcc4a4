namespace Trimtab.Training.Data;

/// <summary>Why a line of a data set cannot be used.</summary>
public enum DataProblemKind
{
    /// <summary>It is not JSON, or names a member twice.</summary>
    NotJson,

    /// <summary>It is no object with a list of messages, each with a role.</summary>
    NoMessages,

    /// <summary>It has a member that is not known.</summary>
    UnknownMember,

    /// <summary>No message is the assistant's.</summary>
    NoAnswer,

    /// <summary>A message of the assistant holds nothing.</summary>
    EmptyAnswer,

    /// <summary>The template refuses the chat, or template and tokenizer do not show which tokens are the answers'.</summary>
    NotRenderable,

    /// <summary>It has more tokens than are allowed.</summary>
    TooLong,
}

/// <summary>A line of a data set that cannot be used.</summary>
/// <param name="Line">Which line, from 1.</param>
/// <param name="Kind">What is wrong, for counting.</param>
/// <param name="Reason">What is wrong, in a sentence.</param>
public sealed record DataProblem(int Line, DataProblemKind Kind, string Reason);
