namespace Trimtab.Evaluation.Judges;

/// <summary>What a judge says about an answer: a <see cref="Score"/>, <see cref="Refused"/> or <see cref="Unreadable"/>, and nothing else.</summary>
public abstract record Judgement
{
    private protected Judgement()
    {
    }
}

/// <summary>The answer can be judged.</summary>
/// <param name="Value">0 to 100; what it measures is the judge's to say.</param>
/// <param name="Confidence">0 to 1: how much of the answer the judge knew, and how clearly it spoke.</param>
public sealed record Score(double Value, double Confidence) : Judgement;

/// <summary>The answer refuses.</summary>
public sealed record Refused : Judgement;

/// <summary>The answer cannot be judged.</summary>
/// <param name="Reason">Why not.</param>
public sealed record Unreadable(string Reason) : Judgement;
