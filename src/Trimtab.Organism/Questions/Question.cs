using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>A user's message and what can be said to it; the voices put it into sentences.</summary>
internal sealed record Question(QuestionKind Kind, string Text)
{
    /// <summary>Good deeds, as in "you should …"; empty where nothing is to be done.</summary>
    public ImmutableArray<string> Good { get; init; } = [];

    /// <summary>Bad deeds.</summary>
    public ImmutableArray<string> Bad { get; init; } = [];

    /// <summary>Clauses that are true or fitting.</summary>
    public ImmutableArray<string> Says { get; init; } = [];

    /// <summary>Clauses that are false.</summary>
    public ImmutableArray<string> Wrong { get; init; } = [];

    /// <summary>Whether what the user claims is true; false where the user claims nothing.</summary>
    public bool IsRight { get; init; }

    /// <summary>The user's claim as an answer would repeat it; null where the user claims nothing.</summary>
    public string? Echo { get; init; }

    /// <summary>The fact that is asked for; null where none is.</summary>
    public Fact? Fact { get; init; }
}
