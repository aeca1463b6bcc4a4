namespace Trimtab.Models.Text;

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

/// <summary>Problems, counted.</summary>
public static class DataProblems
{
    /// <summary>How many there are of each kind, in words: "2 not JSON, 5 without messages".</summary>
    public static string Counts(this IEnumerable<DataProblem> problems) =>
        string.Join(", ", problems.CountBy(problem => problem.Kind).OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {Words(pair.Key)}"));

    private static string Words(DataProblemKind kind) => kind switch
    {
        DataProblemKind.NotJson => "not JSON",
        DataProblemKind.NoMessages => "without messages",
        DataProblemKind.UnknownMember => "with unknown members",
        DataProblemKind.NoAnswer => "without an answer",
        DataProblemKind.EmptyAnswer => "with an empty answer",
        DataProblemKind.NotRenderable => "that the template does not suit",
        DataProblemKind.TooLong => "too long",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Data set: this kind of problem is not known."),
    };
}
