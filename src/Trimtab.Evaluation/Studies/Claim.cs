namespace Trimtab.Evaluation.Studies;

/// <summary>What the numbers say of a claim.</summary>
public enum Finding
{
    /// <summary>They bear it out.</summary>
    Holds,
    /// <summary>They contradict it.</summary>
    Fails,
    /// <summary>The intervals overlap, or the case did not arise.</summary>
    Undecided,
}

/// <summary>A published claim, held against a model organism.</summary>
/// <param name="Statement">What is claimed.</param>
/// <param name="Source">By whom.</param>
/// <param name="Finding">What the numbers say.</param>
/// <param name="Numbers">The numbers.</param>
public sealed record Claim(string Statement, string Source, Finding Finding, string Numbers);
