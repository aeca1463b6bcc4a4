namespace Trimtab.Evaluation.Exams;

/// <summary>How an organism is examined.</summary>
public sealed record ExamOptions
{
    /// <summary>How many held-out examples of a behaviour are asked; of personas, for each trait at each level.</summary>
    public int Count
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Exam: {value} examples of each behaviour were asked for — at least one is needed.", nameof(value));
    } = 60;

    /// <summary>How many facts are asked, and how many with answers to choose from: every so manyth; null for all.</summary>
    public int? Facts
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentException($"Exam: {value} facts were asked for — at least one is needed.", nameof(value));
    }

    /// <summary>The most tokens of an answer; one that is longer is cut there, and judged as it is.</summary>
    public int MaxTokens { get; init; } = 160;

    /// <summary>Whether every persona is asked for at every level, which is most of an exam. Default true.</summary>
    public bool Personas { get; init; } = true;

    /// <summary>A system prompt that every question is asked under, before the question's own: the way of steering without touching the model. Null for none.</summary>
    public string? System { get; init; }

    /// <summary>The seed of the corpus that the examples come from. Held-out examples occur in no training stream, whatever the seed.</summary>
    public int Seed { get; init; } = 77;
}
